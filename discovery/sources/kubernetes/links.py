"""Which object needs which: the rules that turn manifests into dependencies. Pure.

- A workload needs each Service that the environment of its containers addresses. Values come from `value`, with `$(NAME)` expanded as
  Kubernetes does, and from ConfigMaps of the same input; those of Secrets are never looked at.
- A workload needs what an address names although no manifest declares it: an `Endpoint`. A ConfigMap's values make none: only its name
  may be kept.
- A Service needs the workloads its selector chooses by the labels of their pods (same namespace, all labels equal).
- A route needs the Services it leads to.
- A workload uses the ConfigMaps and Secrets its pods mount or read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from discovery.sources.kubernetes.addresses import Address, addresses_of, service_candidates
from discovery.sources.kubernetes.model import NAME, ROUTES, WORKLOADS, Manifest, ObjectKey
from discovery.sources.kubernetes.shape import below, labels, mapping, mappings, sequence, text

_CLUSTER_NAME = re.compile(r"\.svc(\.|$)")
_EXPANSION = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that something needs and no manifest explains. `namespace` is that of who needs it: a short name means something else
    elsewhere."""

    host: str
    port: int
    namespace: str

    @property
    def label(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host

    @property
    def is_inside(self) -> bool:
        """Whether the name means something within its cluster only."""
        return "." not in self.host or bool(_CLUSTER_NAME.search(self.host))


Target = ObjectKey | Endpoint
_REFERENCES = {"ConfigMap": ("configMapRef", "configMapKeyRef"), "Secret": ("secretRef", "secretKeyRef")}


def pod_spec(workload: Manifest) -> Mapping[str, Any]:
    """The `spec` of the pods a workload makes."""
    return mapping(below(_template(workload), "spec"))


def pod_labels(workload: Manifest) -> dict[str, str]:
    """The labels of the pods a workload makes."""
    return labels(below(_template(workload), "metadata", "labels"))


def _template(workload: Manifest) -> Any:
    path = ("jobTemplate", "spec", "template") if workload.kind == "CronJob" else ("template",)
    return below(workload.spec, *path)


def containers(workload: Manifest) -> list[Mapping[str, Any]]:
    """The containers of a workload's pods, the main ones first."""
    spec = pod_spec(workload)
    return [*mappings(spec.get("containers")), *mappings(spec.get("initContainers"))]


class Links:
    """The dependencies among one input's manifests."""

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self._objects = {manifest.key: manifest for manifest in manifests}
        self._pods: dict[ObjectKey, dict[str, str]] = {}
        self._labelled: dict[tuple[str, str, str], list[ObjectKey]] = {}
        for manifest in self._objects.values():
            if manifest.kind in WORKLOADS:
                self._pods[manifest.key] = pod_labels(manifest)
                for label, value in self._pods[manifest.key].items():
                    self._labelled.setdefault((manifest.namespace, label, value), []).append(manifest.key)

    def needs(self, manifest: Manifest) -> list[Target]:
        """What `manifest` needs to work, each once, in order of first mention."""
        found: Iterator[Target]
        if manifest.kind in WORKLOADS:
            found = self._addressed(manifest)
        elif manifest.kind == "Service":
            found = self._behind(manifest)
        elif manifest.kind in ROUTES:
            found = self._routed(manifest)
        else:
            return []
        return list(dict.fromkeys(found))

    def configuration(self, manifest: Manifest) -> dict[ObjectKey, bool]:
        """ConfigMaps and Secrets `manifest` reads, whether or not a manifest declares them, each with whether it cannot do without."""
        found: dict[ObjectKey, bool] = {}
        for kind, name, hard in _configuration(manifest):
            if NAME.match(name):
                key = ObjectKey(kind, manifest.namespace, name)
                found[key] = found.get(key, False) or hard
        return found

    def _addressed(self, workload: Manifest) -> Iterator[Target]:
        for container in containers(workload):
            for variable, value, ours in self._environment(workload.namespace, container):
                for address in addresses_of(variable, value):
                    service = self._service(address, workload.namespace)
                    if service is not None:
                        yield service
                    elif address.certain and ours:
                        yield Endpoint(address.host, address.port, workload.namespace)

    def _environment(self, namespace: str, container: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
        """(name, value, whether the value stands in the workload's own manifest) of each variable whose value is known."""
        seen: dict[str, str] = {}
        for entry in mappings(container.get("envFrom")):
            data = self._config_data(namespace, text(below(entry, "configMapRef", "name")))
            for name, value in data.items():
                seen[text(entry.get("prefix")) + name] = value
                yield text(entry.get("prefix")) + name, value, False
        for entry in mappings(container.get("env")):
            name = text(entry.get("name"))
            reference = mapping(below(entry, "valueFrom", "configMapKeyRef"))
            if reference:
                value, ours = self._config_data(namespace, text(reference.get("name"))).get(text(reference.get("key")), ""), False
            else:
                value, ours = _expand(text(entry.get("value")), seen), True
            seen[name] = value
            yield name, value, ours

    def _config_data(self, namespace: str, name: str) -> Mapping[str, str]:
        found = self._objects.get(ObjectKey("ConfigMap", namespace, name))
        return found.data if found else {}

    def _service(self, address: Address, namespace: str) -> ObjectKey | None:
        for where, name in service_candidates(address.host, namespace):
            key = ObjectKey("Service", where, name)
            if key in self._objects:
                return key
        return None

    def _behind(self, service: Manifest) -> Iterator[Target]:
        if service.spec.get("type") == "ExternalName":
            host = text(service.spec.get("externalName")).lower()
            if re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", host):
                yield Endpoint(host, 0, service.namespace)
            return
        selector = labels(service.spec.get("selector"))
        if selector:
            fewest = min((self._labelled.get((service.namespace, *pair), []) for pair in selector.items()), key=len)
            for key in fewest:
                if selector.items() <= self._pods[key].items():
                    yield key

    def _routed(self, route: Manifest) -> Iterator[Target]:
        for host in _backends(route):
            for where, name in service_candidates(host.lower(), route.namespace):
                key = ObjectKey("Service", where, name)
                if key in self._objects:
                    yield key
                    break


def _expand(value: str, known: Mapping[str, str]) -> str:
    """`$(NAME)` replaced by an earlier variable of the container; left alone where there is none. One pass, as Kubernetes does it;
    bounded."""
    expanded = _EXPANSION.sub(lambda match: known.get(match[1], match[0]), value)
    return expanded if len(expanded) <= 65536 else ""


def _configuration(manifest: Manifest) -> Iterator[tuple[str, str, bool]]:
    """(kind, name, whether it is needed) of each mention; one marked optional can be done without, a pull secret by what runs already."""
    if manifest.kind == "Ingress":
        for tls in mappings(manifest.spec.get("tls")):
            yield "Secret", text(tls.get("secretName")), True
    if manifest.kind not in WORKLOADS:
        return
    for container in containers(manifest):
        for entry in (*mappings(container.get("envFrom")), *(mapping(one.get("valueFrom")) for one in mappings(container.get("env")))):
            for kind, members in _REFERENCES.items():
                for member in members:
                    reference = mapping(entry.get(member))
                    yield kind, text(reference.get("name")), reference.get("optional") is not True
    for volume in mappings(pod_spec(manifest).get("volumes")):
        for part in (volume, *mappings(below(volume, "projected", "sources"))):
            config, secret = mapping(part.get("configMap")), mapping(part.get("secret"))
            yield "ConfigMap", text(config.get("name")), config.get("optional") is not True
            yield "Secret", text(secret.get("secretName")) or text(secret.get("name")), secret.get("optional") is not True
    for pull in mappings(pod_spec(manifest).get("imagePullSecrets")):
        yield "Secret", text(pull.get("name")), False


def _backends(route: Manifest) -> Iterator[str]:
    """Hosts a route leads to, as they would be addressed from its namespace."""
    spec = route.spec
    if route.kind == "Ingress":
        paths = [path for rule in mappings(spec.get("rules")) for path in mappings(below(rule, "http", "paths"))]
        for backend in (spec.get("defaultBackend"), spec.get("backend"), *(path.get("backend") for path in paths)):
            yield text(below(backend, "service", "name")) or text(below(backend, "serviceName"))
    elif route.kind == "VirtualService":
        for protocol in ("http", "tls", "tcp"):
            for rule in mappings(spec.get(protocol)):
                for leg in mappings(rule.get("route")):
                    yield text(below(leg, "destination", "host"))
    else:
        for rule in mappings(spec.get("rules")):
            for reference in mappings(rule.get("backendRefs")):
                if reference.get("kind", "Service") == "Service":
                    namespace = text(reference.get("namespace")) or route.namespace
                    yield f"{text(reference.get('name'))}.{namespace}"


def hosts_of(route: Manifest) -> list[str]:
    """Host names from outside that a route answers to."""
    if route.kind == "Ingress":
        found = [text(rule.get("host")) for rule in mappings(route.spec.get("rules"))]
    else:
        found = [text(host) for host in sequence(route.spec.get("hosts") or route.spec.get("hostnames"))]
    return [host for host in dict.fromkeys(found) if host]


def paths_of(route: Manifest) -> list[str]:
    """Paths an Ingress routes; the matching rules of other kinds are too rich for a list."""
    rules = mappings(route.spec.get("rules")) if route.kind == "Ingress" else ()
    found = [text(path.get("path")) for rule in rules for path in mappings(below(rule, "http", "paths"))]
    return [path for path in dict.fromkeys(found) if path]
