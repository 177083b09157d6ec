"""Whatever the bytes and whatever the YAML says, the parser answers observations that fit the registry, and problems."""

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.model.observation import Batch
from cmdb.model.pack import load_pack
from discovery.sources.kubernetes import KubernetesConfig, parse
from tests.support.batches import faults_of

REGISTRY = load_pack()
CONFIG = KubernetesConfig((), cluster="c1")

KEYS = st.sampled_from(
    [
        "apiVersion",
        "kind",
        "metadata",
        "name",
        "namespace",
        "labels",
        "spec",
        "template",
        "selector",
        "matchLabels",
        "containers",
        "initContainers",
        "image",
        "env",
        "envFrom",
        "value",
        "valueFrom",
        "configMapKeyRef",
        "configMapRef",
        "secretKeyRef",
        "secretRef",
        "ports",
        "port",
        "containerPort",
        "volumes",
        "configMap",
        "secret",
        "secretName",
        "rules",
        "http",
        "paths",
        "backend",
        "service",
        "serviceName",
        "tls",
        "hosts",
        "gateways",
        "route",
        "destination",
        "host",
        "items",
        "data",
        "replicas",
        "type",
        "externalName",
        "jobTemplate",
        "ownerReferences",
        "optional",
        "annotations",
        "serviceAccountName",
    ]
)
KINDS = st.sampled_from(
    [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "CronJob",
        "Service",
        "Ingress",
        "VirtualService",
        "HTTPRoute",
        "ConfigMap",
        "Secret",
        "Namespace",
        "ServiceAccount",
        "List",
        "ServiceList",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["web", "db", "db:5432", "http://web:80", "$(name)", "x@sha256:" + "a" * 64, "a/b:1", "{{ x }}", "ExternalName", "\u2028", "\ud7ff"]
    ),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(KEYS, TEXTS), inner, max_size=6)), max_leaves=25
)
OBJECTS = st.builds(
    lambda kind, version, name, spec, labels: {
        "kind": kind,
        "apiVersion": version,
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
        "items": spec,
    },
    KINDS,
    st.sampled_from(["v1", "apps/v1", "batch/v1", "networking.k8s.io/v1", "networking.istio.io/v1", "gateway.networking.k8s.io/v1"]),
    st.one_of(st.sampled_from(["web", "db"]), SCALARS),
    VALUES,
    VALUES,
)


def check(data: bytes) -> None:
    parsed = parse([("a.yaml", data)], CONFIG)
    assert faults_of([Batch("kubernetes", parsed.observations)], REGISTRY) == []
    assert len({one.ref for one in parsed.observations}) == len(parsed.observations)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_bytes(data: bytes) -> None:
    check(data)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab:-{}[]&*!|>#'\"\n ,?%@`0~<=\t", max_size=120))
def test_arbitrary_text_of_yaml_signs(text: str) -> None:
    check(b"apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec:\n  " + text.encode())


@settings(max_examples=100, deadline=None)
@given(st.lists(OBJECTS, min_size=1, max_size=4))
def test_arbitrary_shapes_of_known_kinds(objects: list[Any]) -> None:
    check(yaml.safe_dump_all(objects).encode())
