"""One input's manifests to observations; things they only mention (namespaces, images, endpoints) follow at the end. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from cmdb.model.observation import Observation, ObservedRelation
from discovery.sources.kubernetes.images import Catalogue, ImageReference, parse_image
from discovery.sources.kubernetes.links import Endpoint, Links, Target, containers, hosts_of, paths_of, pod_labels, pod_spec
from discovery.sources.kubernetes.model import ROUTES, TYPES, WORKLOADS, Manifest, ObjectKey
from discovery.sources.kubernetes.shape import below, labels, mappings, text, whole

_VERSION_LABEL = "app.kubernetes.io/version"
_OWNER_LABELS = ("app.kubernetes.io/owner", "owner", "team")
_SERVICE_TYPES = frozenset({"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"})
_MAX_TEXT = 250
_MAX_ENTRIES = 200

Fields = dict[str, Any]


def is_shared(observation: Observation) -> bool:
    """Whether the item belongs to no cluster: an image, an address outside."""
    return observation.type == "container_image" or (observation.type == "endpoint" and "cluster" not in observation.fields)


class Observer:
    """Observes one cluster's manifests. Refs are `<type>/<cluster>[/<namespace>]/<name>`."""

    def __init__(self, cluster: str, manifests: Iterable[Manifest]) -> None:
        self._cluster = cluster
        self._manifests = list(manifests)
        self._declared = {self._ref(manifest.key) for manifest in self._manifests}
        self._links = Links(self._manifests)
        self._catalogue = Catalogue(image for manifest in self._manifests for image in _images(manifest))
        self._mentioned: dict[str, Observation] = {}

    def observe(self) -> Iterator[Observation]:
        """Each object once, the cluster first. Nothing at all for an input without manifests."""
        if not self._manifests:
            return
        yield Observation(self._cluster_ref, "kubernetes_cluster", {"name": self._cluster})
        for manifest in self._manifests:
            yield self._observation(manifest)
        yield from self._mentioned.values()

    @property
    def _cluster_ref(self) -> str:
        return f"kubernetes_cluster/{self._cluster}"

    def _ref(self, key: ObjectKey) -> str:
        return "/".join(part for part in (TYPES[key.kind], self._cluster, key.namespace, key.name) if part)

    def _observation(self, manifest: Manifest) -> Observation:
        fields: Fields = {"name": manifest.name, "cluster": self._cluster}
        relations: list[ObservedRelation] = []
        if manifest.kind == "Namespace":
            relations.append(ObservedRelation("runs_on", to=self._cluster_ref))
        else:
            fields["namespace"] = manifest.namespace
            relations.append(ObservedRelation("in_namespace", to=self._namespace(manifest.namespace)))
        if manifest.api_version:
            fields["api_version"] = manifest.api_version[:100]
        fields["manifest_digest"] = manifest.digest
        _put(fields, "object_labels", _pairs(manifest.labels))
        owner = next((manifest.labels[label] for label in _OWNER_LABELS if manifest.labels.get(label)), None)
        if owner:
            fields["owner"] = owner[:_MAX_TEXT]
        if manifest.kind in WORKLOADS:
            self._add_workload(manifest, fields, relations)
        elif manifest.kind == "Service":
            self._add_service(manifest, fields, relations)
        elif manifest.kind in ROUTES:
            self._add_route(manifest, fields, relations)
        item_type = TYPES[manifest.kind]
        said = dict.fromkeys((*_OPTIONAL_ANYWHERE, *_OPTIONAL.get(item_type, ()))) | fields
        return Observation(self._ref(manifest.key), item_type, said, tuple(relations), _COMPLETE[item_type])

    def _add_workload(self, manifest: Manifest, fields: Fields, relations: list[ObservedRelation]) -> None:
        if manifest.kind in ("Deployment", "StatefulSet"):
            replicas = whole(manifest.spec.get("replicas"))
            fields["replicas"] = 1 if replicas is None else replicas
        if manifest.kind == "CronJob" and text(manifest.spec.get("schedule")):
            fields["schedule"] = text(manifest.spec.get("schedule"))[:200]
        images = [self._catalogue.settled(image) for image in _images(manifest)]
        version = manifest.labels.get(_VERSION_LABEL) or (images[0].tag or images[0].digest if images else "")
        if version:
            fields["version"] = version[:_MAX_TEXT]
        written = (text(container.get("image")).strip() for container in containers(manifest))
        _put(fields, "images", (image for image in written if parse_image(image)))
        _put(fields, "selector", _pairs(labels(below(manifest.spec, "selector", "matchLabels")) or pod_labels(manifest)))
        ports = (whole(port.get("containerPort")) for container in containers(manifest) for port in mappings(container.get("ports")))
        _put(fields, "container_ports", (port for port in ports if port and port <= 65535))
        account = text(pod_spec(manifest).get("serviceAccountName"))
        if account:
            fields["service_account"] = account[:253]
            relations += self._runs_under(ObjectKey("ServiceAccount", manifest.namespace, account))
        for target in self._links.needs(manifest):
            soft = (target.name if isinstance(target, ObjectKey) else target.host) in manifest.soft_needs
            relations.append(replace(self._relation("depends_on", target), attributes={"need": "soft"} if soft else {}))
        relations += [ObservedRelation("uses_image", to=self._image(image)) for image in dict.fromkeys(images)]
        relations += self._uses_config(manifest)

    def _add_service(self, manifest: Manifest, fields: Fields, relations: list[ObservedRelation]) -> None:
        kind = text(manifest.spec.get("type")) or "ClusterIP"
        if kind in _SERVICE_TYPES:
            fields["service_type"] = kind
        numbers = ((whole(port.get("port")), text(port.get("protocol")) or "TCP") for port in mappings(manifest.spec.get("ports")))
        _put(fields, "ports", (f"{number}/{protocol[:20]}" for number, protocol in numbers if number and number <= 65535))
        _put(fields, "selector", _pairs(labels(manifest.spec.get("selector"))))
        targets = self._links.needs(manifest)
        if len(targets) > 1:
            relations.append(ObservedRelation("depends_on", to=self._group(manifest, targets)))
        for target in targets[:1] if len(targets) == 1 else ():
            relations.append(self._relation("backed_by", target))
            if isinstance(target, Endpoint):
                fields["external_name"] = target.host

    def _add_route(self, manifest: Manifest, fields: Fields, relations: list[ObservedRelation]) -> None:
        _put(fields, "hosts", (host[:253] for host in hosts_of(manifest)))
        _put(fields, "paths", (path[:1000] for path in paths_of(manifest)))
        ingress_class = text(manifest.spec.get("ingressClassName"))
        if ingress_class:
            fields["ingress_class"] = ingress_class[:253]
        relations += [self._relation("backed_by", target) for target in self._links.needs(manifest)]
        relations += self._uses_config(manifest)

    def _uses_config(self, manifest: Manifest) -> Iterator[ObservedRelation]:
        for key, hard in self._links.configuration(manifest).items():
            yield ObservedRelation("uses_config", to=self._named(key), attributes={} if hard else {"need": "soft"})

    def _runs_under(self, account: ObjectKey) -> Iterator[ObservedRelation]:
        """The account, where a manifest declares it: every namespace has one called `default` that nobody declares, and no other is known
        to be there because somebody names it."""
        if self._ref(account) in self._declared:
            yield ObservedRelation("uses", to=self._ref(account))

    def _relation(self, kind: str, target: Target) -> ObservedRelation:
        if isinstance(target, ObjectKey):
            return ObservedRelation(kind, to=self._ref(target))
        fields: Fields = {"name": target.label, "address": target.label}
        ref = f"endpoint/{target.label}"
        if target.is_inside:
            fields |= {"cluster": self._cluster, "namespace": target.namespace}
            ref = f"endpoint/{self._cluster}/{target.namespace}/{target.label}"
        return ObservedRelation(kind, to=self._mention(Observation(ref, "endpoint", fields)))

    def _image(self, image: ImageReference) -> str:
        fields: Fields = {"name": image.name, "repository": image.repository}
        for name, value in (("registry", image.registry), ("tag", image.tag), ("version", image.tag), ("digest", image.digest)):
            if value:
                fields[name] = value
        tail = f"@{image.digest}" if image.digest else f":{image.tag}"
        return self._mention(Observation(f"container_image/{image.repository}{tail}", "container_image", fields))

    def _named(self, key: ObjectKey) -> str:
        """A ConfigMap or Secret; where no manifest declares it, all that is known is its name."""
        ref = self._ref(key)
        if ref not in self._declared:
            fields = {"name": key.name, "cluster": self._cluster, "namespace": key.namespace}
            relation = ObservedRelation("in_namespace", to=self._namespace(key.namespace))
            self._mention(Observation(ref, TYPES[key.kind], fields, (relation,), ("in_namespace",)))
        return ref

    def _namespace(self, name: str) -> str:
        ref = self._ref(ObjectKey("Namespace", "", name))
        if ref not in self._declared:
            relation = ObservedRelation("runs_on", to=self._cluster_ref)
            fields = {"name": name, "cluster": self._cluster}
            self._mention(Observation(ref, TYPES["Namespace"], fields, (relation,), ("runs_on",)))
        return ref

    def _group(self, service: Manifest, members: Iterable[Target]) -> str:
        """The group of workloads behind a Service that chooses several."""
        ref = f"redundancy_group/{self._cluster}/{service.namespace}/{service.name}"
        relations = tuple(ObservedRelation("member_of", to=self._ref(one), outgoing=False) for one in members if isinstance(one, ObjectKey))
        fields = {"name": f"{self._cluster}/{service.namespace}/{service.name} backends", "need_count": 1, "mode": "active_active"}
        return self._mention(Observation(ref, "redundancy_group", fields, relations, ("member_of",)))

    def _mention(self, observation: Observation) -> str:
        self._mentioned.setdefault(observation.ref, observation)
        return observation.ref


_WORKLOAD_RELATIONS = ("in_namespace", "depends_on", "uses_image", "uses_config", "uses")
_COMPLETE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(WORKLOADS.values(), _WORKLOAD_RELATIONS),
    "kubernetes_service": ("in_namespace", "depends_on", "backed_by"),
    "kubernetes_ingress": ("in_namespace", "backed_by", "uses_config"),
    "kubernetes_config_map": ("in_namespace",),
    "kubernetes_secret": ("in_namespace",),
    "kubernetes_service_account": ("in_namespace",),
    "kubernetes_namespace": ("runs_on",),
}
"""Relationship types a manifest lists completely, by CI type."""

_OPTIONAL_ANYWHERE = ("api_version", "object_labels", "owner")
_WORKLOAD_FIELDS = ("version", "images", "selector", "container_ports", "service_account")
_OPTIONAL: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(WORKLOADS.values(), _WORKLOAD_FIELDS),
    "kubernetes_service": ("service_type", "ports", "selector", "external_name"),
    "kubernetes_ingress": ("hosts", "paths", "ingress_class"),
}
"""Fields a manifest may leave out. It declares the whole object, so one that does says that there is none: what it said before of the field
is withdrawn. (The object stands for itself alone: one that is merely mentioned says nothing of what is not mentioned.)"""


def _images(manifest: Manifest) -> list[ImageReference]:
    found = (parse_image(text(container.get("image"))) for container in containers(manifest)) if manifest.kind in WORKLOADS else ()
    return [image for image in found if image is not None]


def _pairs(found: dict[str, str] | Any) -> Iterator[str]:
    return (f"{key}={value}"[:400] for key, value in sorted(found.items()))


def _put(fields: Fields, name: str, values: Iterable[str | int]) -> None:
    """Set a multi-valued field to the values, each once, if there are any."""
    found = tuple(dict.fromkeys(values))[:_MAX_ENTRIES]
    if found:
        fields[name] = found
