"""Online Boutique's 51 releases, loaded one after the other through the kubernetes source, a baseline each: comparing any two gives what
the manifests say, which `tests.support.manifest_truth` reads from the YAML by other means.

The truth of a pair comes from its two files alone: any difference between two documents is a difference in the comparison, and nothing
else is; so are the fields and relationships that follow. Two exceptions, each held exactly: what release 002 could not say (its first
document is not YAML), and images, which are kept when no manifest names them any more (decision 0082): between two releases those came that
a release between them was the first to name.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from baselines.comparing import CompareRoom
from baselines.differences import AttributeDifference, Difference, Subject
from baselines.model import WHOLE
from baselines.report import check, report
from baselines.report_check import hold_against
from baselines.room import BaselineRoom
from cmdb.ledger.asof import History
from cmdb.ledger.log import Log
from cmdb.store.bolt import BoltStore
from discovery.run import run_source
from discovery.sources.kubernetes import KubernetesConfig, KubernetesSource
from tests.support.comparing import between
from tests.support.manifest_truth import DECLARED, Fact, Truth, difference, documents_differing, read, with_lost
from tests.support.road import MANAGER, Road, agent
from tests.support.shared_data import shared_data

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]
PAIRS = (
    *((n, n + 1) for n in range(50)),
    *((n, (7 * n + 11) % 51) for n in range(51) if n != (7 * n + 11) % 51),  # near and far, forwards and backwards
    *((0, 50), (50, 0)),
)


@pytest.fixture
def releases() -> list[Path]:
    found = sorted((shared_data("online-boutique") / "releases").glob("*.yaml"))
    assert len(found) == 51
    return found


def load(store: BoltStore, releases: list[Path]) -> tuple[CompareRoom, list[Truth], list[str]]:
    """The releases in the store, a baseline after each; the truth after each; the names of the baselines."""
    road = Road(store)
    room = BaselineRoom.over(store, road.ledger, lambda: road.registry, road.clock)
    truths: list[Truth] = []
    names = []
    for path in releases:
        road.clock.advance(days=30)
        config = KubernetesConfig((path,), cluster="shop", complete=True)
        loaded = run_source(KubernetesSource(), config, road.door, agent("kubernetes"))
        assert loaded.failed == ()
        assert not loaded.body()["held"]
        truths.append(with_lost(truths[-1] if truths else Truth(), read(path)))
        names.append(room.baselines.take(f"boutique {path.name[:3]}", f"as released in {path.name}", WHOLE, MANAGER).baseline.name)
    return CompareRoom.over(store, road.ledger, lambda: road.registry, room, road.door.consider), truths, names


def told(differences: Iterator[Difference], images: dict[str, str]) -> dict[Fact, Any]:
    """Our answer in the words of the truth. `retyped`, `entered` and `left` have no place here and would be seen."""
    found: dict[Fact, Any] = {}
    words = {"added": "came", "restored": "came", "removed": "went"}
    for one in differences:
        if one.subject is Subject.ITEM:
            fact: Fact = (one.type, images.get(one.id, one.name))
        else:
            assert one.source is not None
            assert one.target is not None
            fact = (one.type, *(f"{end.type} {images.get(end.id, end.name)}" for end in (one.source, one.target)))
        assert fact not in found
        found[fact] = words.get(one.kind.value) or {change.name: values(change) for change in one.attributes()}
    return found


def split(found: dict[Fact, Any]) -> tuple[dict[Fact, Any], dict[Fact, Any]]:
    """Images that came or went; everything else."""
    images = {fact: what for fact, what in found.items() if fact[0] == "container_image"}
    return images, {fact: what for fact, what in found.items() if fact not in images}


def digests_as_told(wanted: dict[Fact, Any], found: dict[Fact, Any]) -> dict[Fact, Any]:
    """The truth has whole documents where the answer has digests: where both say that they differ, the digests are taken as they are."""
    told_of = {fact: what["manifest_digest"] for fact, what in found.items() if isinstance(what, dict) and "manifest_digest" in what}
    assert all(before != now for before, now in told_of.values())
    return {
        fact: what | {"manifest_digest": told_of.get(fact)} if isinstance(what, dict) and "manifest_digest" in what else what
        for fact, what in wanted.items()
    }


def images_between(truths: list[Truth], a: int, b: int) -> dict[Fact, str]:
    """Images that releases after one named up to the other, and none before: what is known of images only grows."""
    first, last = sorted((a, b))
    known = {image for truth in truths[: first + 1] for image in truth.images}
    named = {image for truth in truths[first + 1 : last + 1] for image in truth.images}
    return dict.fromkeys(named - known, "came" if a < b else "went")


def values(change: AttributeDifference) -> tuple[Any, Any]:
    before, now = (frozenset(one) if isinstance(one, tuple) else one for one in (change.before, change.after))
    if isinstance(change.before, tuple) and isinstance(change.after, tuple):
        assert (frozenset(change.added), frozenset(change.removed)) == (now - before, before - now)
    return before, now


def images_of(store: BoltStore) -> dict[str, str]:
    """Images are called by repository and tag or digest: id -> that. None of them is ever retired here."""
    found = {}
    history = History(store)
    for past in history.items(history.resolve(None), ["container_image"], limit=10_000):
        said = past.state.attributes
        found[past.state.id] = f"{said['repository']}@{said['digest']}" if "digest" in said else f"{said['repository']}:{said['tag']}"
    return found


def test_comparing_any_two_baselines_says_what_the_manifests_say(store: BoltStore, releases: list[Path]) -> None:
    room, truths, names = load(store, releases)
    assert [number for number, truth in enumerate(truths) if not truth.whole] == [1]
    assert {number: truth.unread for number, truth in enumerate(truths) if truth.unread} == {33: ["Kustomization"]}
    called = images_of(store)
    differing = 0
    for a, b in PAIRS:
        answer = between(room, names[a], names[b])
        found = told(answer.stream(), called)
        assert answer.totals().all.total == len(found)
        images, rest = split(found)
        objects = {fact: what if isinstance(what, str) else "changed" for fact, what in rest.items() if fact[0] in DECLARED.values()}
        assert objects == documents_differing(truths[a], truths[b]), (names[a], names[b])
        assert rest == digests_as_told(difference(truths[a], truths[b]), rest), (names[a], names[b])
        assert images == images_between(truths, a, b), (names[a], names[b])
        differing += len(objects)
    assert differing > 900
    for one in between(room, names[0], names[50]).stream():
        assert one.authorisation.value == "none"
        assert {commit.source for commit in one.commits} == {"kubernetes"}

    pair = between(room, names[30], names[31])
    checked = check(b"".join(report(pair, "2026-11-23T10:00:00.000000Z", "ada")))
    assert checked.intact
    assert hold_against(checked, room.compare, Log(store)).problems == ()
