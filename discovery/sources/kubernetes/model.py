"""Values of the Kubernetes source: its settings, and a manifest as far as it is understood."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

SOURCE_NAME = "kubernetes"
SHARED_SCOPE = "named-in-manifests"
"""Scope of what manifests name but no cluster owns: images, addresses outside."""

WORKLOADS = {
    "Deployment": "kubernetes_deployment",
    "StatefulSet": "kubernetes_stateful_set",
    "DaemonSet": "kubernetes_daemon_set",
    "Job": "kubernetes_job",
    "CronJob": "kubernetes_cron_job",
}
"""Kinds that run containers, and the CI type each becomes. A bare Pod or ReplicaSet is someone's child or an experiment: passed over."""

ROUTES = ("Ingress", "VirtualService", "HTTPRoute", "GRPCRoute")
"""Kinds that lead traffic from outside to Services; each becomes a `kubernetes_ingress`."""

OTHERS = {
    "Service": "kubernetes_service",
    "ConfigMap": "kubernetes_config_map",
    "Secret": "kubernetes_secret",
    "Namespace": "kubernetes_namespace",
    "ServiceAccount": "kubernetes_service_account",
}

TYPES = {**WORKLOADS, **OTHERS, **dict.fromkeys(ROUTES, "kubernetes_ingress")}
"""The CI type of every kind that is understood."""

SOFT_NEEDS = "cmdb/soft-needs"
"""Annotation of a workload: names of Services (or hosts) it can do without for a while, comma separated. Manifests have no word of their
own for it."""

NAME = re.compile(r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")
"""RFC 1123 subdomain: what Kubernetes allows as a name."""


@dataclass(frozen=True, slots=True)
class KubernetesConfig:
    """What to read and what it stands for.

    `paths` are files or folders (folders are read with all below them); `cluster` names the cluster the manifests are applied to,
    `namespace` the one for manifests that name none. `complete` says that `paths` hold everything of the cluster, so that what is
    missing is gone; it is dropped when a document cannot be read. `max_file_bytes` bounds one file.
    """

    paths: tuple[Path, ...]
    cluster: str = "default"
    namespace: str = "default"
    complete: bool = False
    max_file_bytes: int = 50 * 1024 * 1024

    @property
    def scope(self) -> str:
        """The part of the world these manifests speak of."""
        return f"cluster:{self.cluster}"


class ObjectKey(NamedTuple):
    """What identifies an object within a cluster."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object of a kind that is understood. `spec` is whatever the document holds there (any shape); secrets have lost their data
    already."""

    key: ObjectKey
    where: str
    api_version: str = ""
    digest: str = ""  # over everything it says, see `body.py`
    labels: Mapping[str, str] = field(default_factory=dict)
    soft_needs: frozenset[str] = frozenset()
    spec: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)  # of a ConfigMap: used to find addresses, never stored

    @property
    def kind(self) -> str:
        return self.key.kind

    @property
    def namespace(self) -> str:
        return self.key.namespace

    @property
    def name(self) -> str:
        return self.key.name
