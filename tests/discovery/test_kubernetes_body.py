"""The digest of a manifest: another one for every change of what is declared, the same for what others add, nothing of secrets."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.sources.kubernetes import KubernetesConfig, parse

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}, annotations: {a: "1"}}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: main
        image: "x:1"
        args: [--fast, --quiet]
        env: [{name: LEVEL, value: info}, {name: DB_PASSWORD, value: hunter2}, {name: DB_URL, value: "pg://u:hunter2@db:5432/x"}]
"""
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: Opaque\ndata: {a: aHVudGVyMg==}\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {level: info}\n"


def digest(text: str) -> Any:
    """Of the one object declared in a text."""
    parsed = parse([("a.yaml", text.encode())], KubernetesConfig(()))
    assert parsed.problems == ()
    (found,) = (one.fields["manifest_digest"] for one in parsed.observations if "manifest_digest" in one.fields)
    return found


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (WEB, "--quiet", "--loud"),
        (WEB, "[--fast, --quiet]", "[--quiet, --fast]"),
        (WEB, "value: info", "value: debug"),
        (WEB, "db:5432", "db:5433"),
        (WEB, 'annotations: {a: "1"}', 'annotations: {a: "2"}'),
        (WEB, 'a: "1"', "a: 1"),
        (WEB, "name: main", "name: main\n        livenessProbe: {periodSeconds: 3}"),
        (WEB, "apps/v1", "extensions/v1beta1"),
        (SECRET, "Opaque", "kubernetes.io/tls"),
        (CONFIG, "level: info", "level: debug"),
    ],
)
def test_a_change_of_what_is_declared_is_seen(text: str, old: str, new: str) -> None:
    assert old in text
    assert digest(text.replace(old, new, 1)) != digest(text)


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (WEB, "metadata: {name: web,", "status: {replicas: 3}\nmetadata: {uid: u1, generation: 4, name: web,"),
        (WEB, '{a: "1"}', '{a: "1", deployment.kubernetes.io/revision: "7", kubectl.kubernetes.io/last-applied-configuration: "{}"}'),
        (WEB, "{name: web, labels: {app: web}", "{labels: {app: web}, name: web"),
        (WEB, "value: hunter2", "value: hunter3"),
        (WEB, "u:hunter2@db", "v:hunt/er3@db"),
        (SECRET, "{a: aHVudGVyMg==}", "{b: aHVudGVyMw==}"),
    ],
)
def test_what_others_add_and_what_is_secret_is_not(text: str, old: str, new: str) -> None:
    assert old in text
    assert digest(text.replace(old, new, 1)) == digest(text)


def test_whether_there_is_a_secret_at_all_is_seen() -> None:
    assert digest(WEB.replace("value: hunter2", "valueFrom: {secretKeyRef: {name: s, key: k}}")) != digest(WEB)


SCALARS = st.one_of(st.none(), st.integers(2, 9), st.text("ab1: ", max_size=3), st.dates())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.text("ab1"), st.integers(1, 3)), inner)),
    max_leaves=9,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES)
def test_equal_values_have_equal_digests_and_others_have_others(one: Any, other: Any) -> None:
    written = [yaml.safe_dump({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": spec}) for spec in (one, other)]
    first, second = map(yaml.safe_load, written)
    assert (digest(written[0]) == digest(written[1])) is (first == second)
