"""What is said beside a name, so that two of one name can be told apart."""

import pytest

from baselines.identity import LONGEST, identity_of
from cmdb.model.item import ItemState
from cmdb.model.pack import load_pack

REGISTRY = load_pack()


@pytest.mark.parametrize(
    ("type_name", "more", "words"),
    [
        ("container_image", {"version": "v1", "attributes": {"repository": "gcr.io/shop/web", "tag": "v1"}}, "gcr.io/shop/web:v1"),
        ("container_image", {"attributes": {"repository": "shop/web", "digest": "sha256:" + "ab" * 32}}, "shop/web@sha256:abababababab"),
        ("kubernetes_deployment", {"version": "v2", "attributes": {"cluster": "prod", "namespace": "shop"}}, "v2"),
        ("kubernetes_deployment", {"attributes": {"cluster": "prod", "namespace": "shop"}}, "prod / shop"),
        ("server", {"attributes": {"serial_number": "S1", "vendor": "ACME", "machine_id": "m"}}, "S1 / ACME"),  # the first rule that fits
        ("endpoint", {"attributes": {"cluster": "prod", "namespace": "shop", "address": "web"}}, "prod / shop"),
        ("application", {}, ""),  # its name identifies it
        ("of_no_type", {"attributes": {"port": 1}}, ""),
        ("server", {"version": "web"}, ""),  # what the name says already
    ],
)
def test_the_strongest_words_are_said(type_name: str, more: dict[str, object], words: str) -> None:
    assert identity_of(ItemState("i", type_name, "web", "live", **more), REGISTRY) == words  # type: ignore[arg-type]


def test_long_words_are_cut() -> None:
    found = identity_of(ItemState("i", "server", "web", "live", version="v" * 500), REGISTRY)
    assert len(found) == LONGEST
    assert found.endswith("…")
