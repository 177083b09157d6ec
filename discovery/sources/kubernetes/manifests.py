"""Documents to manifests: lists are opened, kinds that mean nothing here are left out, names are checked, secrets lose their data."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from discovery.source import SourceProblem
from discovery.sources.kubernetes.body import body_digest
from discovery.sources.kubernetes.documents import RENDER_FIRST, Document
from discovery.sources.kubernetes.model import NAME, SOFT_NEEDS, TYPES, Manifest, ObjectKey
from discovery.sources.kubernetes.shape import below, labels, mapping, mappings, sequence, text

_CLUSTER_WIDE = frozenset({"Namespace"})
_GROUPS = {
    "Service": ("",),
    "ConfigMap": ("",),
    "Secret": ("",),
    "Namespace": ("",),
    "ServiceAccount": ("",),
    "Deployment": ("apps", "extensions"),
    "StatefulSet": ("apps",),
    "DaemonSet": ("apps", "extensions"),
    "Job": ("batch",),
    "CronJob": ("batch",),
    "Ingress": ("networking.k8s.io", "extensions"),
    "VirtualService": ("networking.istio.io",),
    "HTTPRoute": ("gateway.networking.k8s.io",),
    "GRPCRoute": ("gateway.networking.k8s.io",),
}
"""API groups in which a kind is the one meant: Knative and others have a `Service` of their own."""
_WITHOUT_SPEC = frozenset({"Secret", "ConfigMap", "Namespace", "ServiceAccount"})
_MAX_LIST_DEPTH = 4


def read_manifests(documents: Iterable[Document], namespace: str) -> Iterator[Manifest | SourceProblem]:
    """The manifests in `documents`, in order; `namespace` is where those belong that name none. An object declared twice comes twice."""
    for document in documents:
        yield from _open(document.value, document.where, namespace, _MAX_LIST_DEPTH)


def _open(value: Any, where: str, namespace: str, depth: int, assumed: str = "") -> Iterator[Manifest | SourceProblem]:
    if not isinstance(value, Mapping):
        yield SourceProblem(
            "not-a-manifest", where, f"a manifest is a mapping with apiVersion and kind; this is a {type(value).__name__}", lost=False
        )
        return
    kind = text(value.get("kind")) or assumed
    group, _, version = text(value.get("apiVersion")).rpartition("/")
    if not kind or not (version or assumed):
        yield SourceProblem("not-a-manifest", where, "a manifest has apiVersion and kind; this has not both", lost=False)
    elif kind.endswith("List") and isinstance(value.get("items"), list):
        if depth == 0:
            yield SourceProblem("nested-list", where, "lists within lists within lists are not opened")
            return
        for number, entry in enumerate(sequence(value["items"]), start=1):
            yield from _open(entry, f"{where}, item {number}", namespace, depth - 1, kind.removesuffix("List"))
    elif kind in TYPES and (not version or group in _GROUPS[kind]) and not _passed_over(kind, value):
        yield _manifest(value, where, namespace, kind)


def _passed_over(kind: str, value: Mapping[str, Any]) -> bool:
    """A VirtualService for traffic within the mesh shapes calls between Services and leads nothing in; a Job a CronJob made is one of
    its runs."""
    if kind == "VirtualService":
        return not any(gateway != "mesh" for gateway in sequence(below(value, "spec", "gateways")))
    return kind == "Job" and any(owner.get("kind") == "CronJob" for owner in mappings(below(value, "metadata", "ownerReferences")))


def _manifest(value: Mapping[str, Any], where: str, default_namespace: str, kind: str) -> Manifest | SourceProblem:
    metadata = mapping(value.get("metadata"))
    annotations = mapping(metadata.get("annotations"))
    name = text(metadata.get("name"))
    namespace = "" if kind in _CLUSTER_WIDE else text(metadata.get("namespace")) or default_namespace
    for part in (name, namespace):
        if "{{" in part:
            return SourceProblem("template-not-rendered", where, RENDER_FIRST)
    if not NAME.match(name):
        return SourceProblem("bad-name", where, f"a {kind} without a name that Kubernetes allows{f' ({name[:60]!r})' if name else ''}")
    if namespace and not NAME.match(namespace):
        return SourceProblem("bad-name", where, f"{kind} {name}: {namespace[:60]!r} is no namespace's name")
    return Manifest(
        key=ObjectKey(kind, namespace, name),
        where=where,
        api_version=text(value.get("apiVersion")),
        digest=body_digest(value, kind),
        labels=labels(metadata.get("labels")),
        soft_needs=frozenset(name for part in text(annotations.get(SOFT_NEEDS)).split(",") if (name := part.strip())),
        spec=mapping(value.get("spec")) if kind not in _WITHOUT_SPEC else {},
        data=labels(value.get("data")) if kind == "ConfigMap" else {},
    )
