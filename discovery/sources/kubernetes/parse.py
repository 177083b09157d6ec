"""Manifests to observations (requirements 9.1-02, 9.1-07). Pure: bytes in, observations and problems out.

How failure flows (the arrows of design 7 point from who needs to what is needed):

    ingress -> service -> workload -> (service | endpoint)        and every workload -> cluster

A Service is not a thing that can fail alone: it is down exactly when nothing answers behind it. So a dependency on an address is one on
the Service, and the Service needs the workload its selector chooses. Replicas are inside the workload: a workload fails when all of them
do. Where a selector chooses several workloads (blue and green, a canary), a redundancy group stands between, which needs one of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cmdb.model.observation import Observation, ObservedRelation
from discovery.source import SourceProblem
from discovery.sources.kubernetes.documents import read_documents
from discovery.sources.kubernetes.images import ImageReference, parse_image
from discovery.sources.kubernetes.links import Links, Target, containers, hosts_of
from discovery.sources.kubernetes.manifests import read_manifests
from discovery.sources.kubernetes.model import ROUTES, TYPES, WORKLOADS, KubernetesConfig, Manifest, ObjectKey
from discovery.sources.kubernetes.shape import mappings, text, whole

_VERSION_LABEL = "app.kubernetes.io/version"
_OWNER_LABELS = ("app.kubernetes.io/owner", "owner", "team")
_MAX_TEXT = 250


@dataclass(frozen=True, slots=True)
class Parsed:
    """What manifests say, and what in them could not be used. `whole` tells whether nothing may have been missed."""

    observations: tuple[Observation, ...]
    problems: tuple[SourceProblem, ...]

    @property
    def whole(self) -> bool:
        return not any(problem.lost for problem in self.problems)


def parse(files: Iterable[tuple[str, bytes]], config: KubernetesConfig) -> Parsed:
    """The items and relationships in `files` ((name, content) pairs), with what could not be read. Never raises for their content.

    Order and content of the result depend on the input alone: the same files give the same observations.
    """
    problems: list[SourceProblem] = []
    documents = []
    for name, content in files:
        for found in read_documents(name, content):
            if isinstance(found, SourceProblem):
                problems.append(found)
            else:
                documents.append(found)
    manifests: dict[ObjectKey, Manifest] = {}
    for manifest in read_manifests(documents, config.namespace):
        if isinstance(manifest, SourceProblem):
            problems.append(manifest)
            continue
        earlier = manifests.pop(manifest.key, None)
        if earlier is not None:
            detail = f"{manifest.kind} {manifest.name} is declared in {earlier.where} as well; the later one counts"
            problems.append(SourceProblem("declared-twice", manifest.where, detail, lost=False))
        manifests[manifest.key] = manifest
    return Parsed(tuple(_Observer(config, manifests.values()).observe()), tuple(problems))


class _Observer:
    """Turns one input's manifests into observations; things they only mention (namespaces, images, endpoints) follow at the end."""

    def __init__(self, config: KubernetesConfig, manifests: Iterable[Manifest]) -> None:
        self._cluster = config.cluster
        self._manifests = list(manifests)
        self._declared = {manifest.key for manifest in self._manifests}
        self._links = Links(self._manifests)
        self._mentioned: dict[str, Observation] = {}

    def observe(self) -> Iterator[Observation]:
        if not self._manifests:
            return
        yield Observation(ref=self._cluster_ref, type="kubernetes_cluster", fields={"name": self._cluster})
        for manifest in self._manifests:
            yield self._observation(manifest)
        yield from self._mentioned.values()

    @property
    def _cluster_ref(self) -> str:
        return f"cluster/{self._cluster}"

    def _ref(self, key: ObjectKey) -> str:
        group = "Ingress" if key.kind in ROUTES and key.kind != "VirtualService" else key.kind
        return "/".join(part for part in (group.lower(), self._cluster, key.namespace, key.name) if part)

    def _observation(self, manifest: Manifest) -> Observation:
        fields: dict[str, Any] = {"name": manifest.name, "cluster": self._cluster}
        relations: list[ObservedRelation] = []
        complete: list[str] = []
        if manifest.kind == "Namespace":
            relations.append(ObservedRelation("runs_on", to=self._cluster_ref))
        else:
            fields["namespace"] = manifest.namespace
            relations.append(ObservedRelation("in_namespace", to=self._namespace(manifest.namespace)))
            complete.append("in_namespace")
        if manifest.labels:
            fields["labels"] = tuple(f"{key}={value}"[:_MAX_TEXT] for key, value in sorted(manifest.labels.items()))
        owner = next((manifest.labels[label] for label in _OWNER_LABELS if manifest.labels.get(label)), None)
        if owner:
            fields["owner"] = owner[:_MAX_TEXT]
        if manifest.kind in WORKLOADS:
            self._add_workload(manifest, fields, relations, complete)
        elif manifest.kind == "Service":
            self._add_service(manifest, fields, relations, complete)
        elif manifest.kind in ROUTES:
            self._add_route(manifest, fields, relations, complete)
        return Observation(self._ref(manifest.key), TYPES[manifest.kind], fields, tuple(relations), tuple(complete))

    def _add_workload(self, manifest: Manifest, fields: dict[str, Any], relations: list[ObservedRelation], complete: list[str]) -> None:
        replicas = whole(manifest.spec.get("replicas"))
        if manifest.kind in ("Deployment", "StatefulSet"):
            fields["replicas"] = 1 if replicas is None else replicas
        if manifest.kind == "CronJob" and text(manifest.spec.get("schedule")):
            fields["schedule"] = text(manifest.spec.get("schedule"))[:_MAX_TEXT]
        images = self._images(manifest)
        version = manifest.labels.get(_VERSION_LABEL) or (images[0].tag or images[0].digest if images else "")
        if version:
            fields["version"] = version
        relations.append(ObservedRelation("runs_on", to=self._cluster_ref))
        relations += [ObservedRelation("depends_on", to=self._target(target)) for target in self._links.needs(manifest)]
        relations += [ObservedRelation("uses_image", to=self._image(image)) for image in dict.fromkeys(images)]
        relations += [ObservedRelation("uses_config", to=self._named(key)) for key in self._links.uses(manifest)]
        complete += ["runs_on", "depends_on", "uses_image", "uses_config"]

    def _add_service(self, manifest: Manifest, fields: dict[str, Any], relations: list[ObservedRelation], complete: list[str]) -> None:
        fields["service_type"] = text(manifest.spec.get("type")) or "ClusterIP"
        ports = [
            f"{whole(port.get('port'))}/{text(port.get('protocol')) or 'TCP'}"
            for port in mappings(manifest.spec.get("ports"))
            if whole(port.get("port"))
        ]
        if ports:
            fields["ports"] = tuple(dict.fromkeys(ports))
        targets = self._links.needs(manifest)
        if len(targets) > 1:
            relations.append(ObservedRelation("depends_on", to=self._group(manifest, targets)))
        else:
            relations += [ObservedRelation("depends_on", to=self._target(target)) for target in targets]
        complete.append("depends_on")

    def _add_route(self, manifest: Manifest, fields: dict[str, Any], relations: list[ObservedRelation], complete: list[str]) -> None:
        hosts = hosts_of(manifest)
        if hosts:
            fields["hosts"] = tuple(host[:_MAX_TEXT] for host in hosts)
        relations += [ObservedRelation("depends_on", to=self._target(target)) for target in self._links.needs(manifest)]
        relations += [ObservedRelation("uses_config", to=self._named(key)) for key in self._links.uses(manifest)]
        complete += ["depends_on", "uses_config"]

    def _images(self, manifest: Manifest) -> list[ImageReference]:
        found = (parse_image(text(container.get("image"))) for container in containers(manifest))
        return [image for image in found if image is not None]

    def _image(self, image: ImageReference) -> str:
        fields: dict[str, Any] = {"name": image.name, "repository": image.repository}
        if image.tag:
            fields |= {"tag": image.tag, "version": image.tag}
        if image.digest:
            fields["digest"] = image.digest
        return self._mention(Observation(f"image/{image.ref}", "container_image", fields))

    def _target(self, target: Target) -> str:
        if isinstance(target, ObjectKey):
            return self._ref(target)
        fields = {"name": target.label, "address": f"{target.label}", "cluster": self._cluster, "namespace": target.namespace}
        return self._mention(Observation(f"endpoint/{self._cluster}/{target.namespace}/{target.label}", "endpoint", fields))

    def _named(self, key: ObjectKey) -> str:
        """A ConfigMap or Secret; where no manifest declares it, all that is known is its name."""
        if key not in self._declared:
            fields = {"name": key.name, "cluster": self._cluster, "namespace": key.namespace}
            relation = ObservedRelation("in_namespace", to=self._namespace(key.namespace))
            self._mention(Observation(self._ref(key), TYPES[key.kind], fields, (relation,), ("in_namespace",)))
        return self._ref(key)

    def _namespace(self, name: str) -> str:
        key = ObjectKey("Namespace", "", name)
        if key not in self._declared:
            relation = ObservedRelation("runs_on", to=self._cluster_ref)
            self._mention(Observation(self._ref(key), TYPES["Namespace"], {"name": name, "cluster": self._cluster}, (relation,)))
        return self._ref(key)

    def _group(self, service: Manifest, members: Iterable[Target]) -> str:
        """The group of workloads behind a Service that chooses several."""
        relations = tuple(ObservedRelation("member_of", to=self._target(member), outgoing=False) for member in members)
        fields = {"name": f"{service.name} backends", "need_count": 1}
        ref = f"group/{self._cluster}/{service.namespace}/{service.name}"
        return self._mention(Observation(ref, "redundancy_group", fields, relations, ("member_of",)))

    def _mention(self, observation: Observation) -> str:
        self._mentioned.setdefault(observation.ref, observation)
        return observation.ref
