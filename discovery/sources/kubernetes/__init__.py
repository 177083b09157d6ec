"""Kubernetes manifests as a source. See README.md in this folder."""

from discovery.sources.kubernetes.collect import KubernetesSource
from discovery.sources.kubernetes.model import KubernetesConfig
from discovery.sources.kubernetes.parse import parse

__all__ = ["KubernetesConfig", "KubernetesSource", "parse"]
