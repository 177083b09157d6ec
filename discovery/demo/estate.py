"""Reads the demo estate's files into batches. Pure but for reading them.

A file says `source`, `scope` and `items`; an item has `ref`, `type`, `relations` and otherwise fields. A relation is a ref, a mapping with
`to` and the relation's attributes, or a list of these. An item that another source has brought is named by what identifies it, and so they
meet.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from cmdb.model.observation import Batch, Observation, ObservedRelation
from discovery.source import Recorder, SourceUnreadable
from discovery.sources.kubernetes import KubernetesConfig, KubernetesSource

FOLDER = Path(__file__).parent
CLUSTER = "hillside-prod"
_ORDER = ("facilities", "hardware", "virtual-machines", "", "applications", "business")
"""The order of the files: what others refer to comes first. The empty name stands for the manifests, which the source `kubernetes`
reads."""


def demo_batches() -> Iterator[Batch]:
    """The estate in the order in which it goes in: the same batches each time. All but that of images are complete for their scope."""
    for name in _ORDER:
        if name:
            yield read_estate(FOLDER / "estate" / f"{name}.yaml")
        else:
            yield from _manifests()


def read_estate(path: Path) -> Batch:
    """One file as a batch. Raises `SourceUnreadable` for a file that has not the form above."""
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
        observations = tuple(_observation(item) for item in document["items"])
        return Batch(document["source"], observations, scope=document["scope"], complete=True, reason="demo estate")
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as fault:
        raise SourceUnreadable(f"the demo file {path.name} cannot be read: {fault}") from fault


def _manifests() -> list[Batch]:
    recorder = Recorder()
    config = KubernetesConfig((FOLDER / "manifests",), cluster=CLUSTER, namespace="shop", complete=True)
    batches = list(KubernetesSource().collect(config, recorder))
    if recorder.problems:
        raise SourceUnreadable(f"the demo manifests cannot be read: {recorder.problems[0].detail}")
    return batches


def _observation(item: Mapping[str, Any]) -> Observation:
    fields = {name: _value(value) for name, value in item.items() if name not in ("ref", "type", "relations")}
    relations = tuple(relation for kind, ends in item.get("relations", {}).items() for relation in _relations(kind, ends))
    return Observation(item["ref"], item["type"], fields, relations, tuple(item.get("relations", {})))


def _relations(kind: str, ends: Any) -> Iterator[ObservedRelation]:
    for end in ends if isinstance(ends, list) else [ends]:
        if isinstance(end, str):
            yield ObservedRelation(kind, to=end)
        else:
            yield ObservedRelation(kind, to=end["to"], attributes={name: value for name, value in end.items() if name != "to"})


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
