"""docs/life-of-a-batch.md says what happens: its two batches are taken through the road and compared with what the page shows."""

import json
import re
from pathlib import Path
from typing import Any

from cmdb.model.observation import Batch, Observation, ObservedRelation
from cmdb.model.outcome import Outcome
from tests.support.memory_road import MemoryRoad
from tests.support.road import agent

PAGE = Path(__file__).parents[1] / "docs" / "life-of-a-batch.md"


def blocks() -> list[dict[str, Any]]:
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)]


def batch_of(body: dict[str, Any]) -> Batch:
    observations = [
        Observation(**{**one, "relations": tuple(ObservedRelation(**relation) for relation in one.get("relations", ()))})
        for one in body["observations"]
    ]
    return Batch(**{**body, "observations": tuple(observations)})


def shown(outcome: Outcome) -> dict[str, Any]:
    said = outcome.body()
    found = {name: said[name] for name in ("ref", "status", "revision", "changed") if name in said}
    return found | ({"code": outcome.problem.code} if outcome.problem else {})


def test_the_page_tells_what_happens() -> None:
    first, answer, second, joined = blocks()
    road = MemoryRoad()
    result = road.submit(batch_of(first), agent("rack-scan"))
    assert dict(result.counts) == answer["counts"]
    assert result.body()["commits"] == answer["commits"]
    assert [shown(one) for one in result.outcomes] == answer["outcomes"]

    again = road.submit(batch_of(second), agent("patching"))
    assert [shown(one) for one in again.outcomes] == joined["outcomes"]
    state = road.graph.live[again.outcomes[0].item_id or ""]
    assert {name: state.value(name) for name in joined["item"]} == joined["item"]
    assert {name: state.origins[name] for name in joined["origins"]} == joined["origins"]


def test_the_keys_on_the_page_are_the_keys() -> None:
    first, *_ = blocks()
    road = MemoryRoad()
    road.submit(batch_of(first), agent("rack-scan"))
    keys = {*road.graph.strong, *(key for key, _ in road.graph.weak)}
    cells = [cell for line in PAGE.read_text().split("\n") if line.startswith("|") for cell in re.findall(r"`([^`]+)`", line)]
    table = {cell.replace("\\|", "|") for cell in cells if "\\|" in cell}
    assert table == keys


def test_the_files_on_the_page_exist() -> None:
    named = set(re.findall(r"`((?:cmdb|change_gate|discovery|cmdb_app|tests)/[\w/]+\.\w+)`", PAGE.read_text()))
    assert len(named) > 10
    assert [name for name in named if not (PAGE.parents[1] / name).exists()] == []
