"""REST as of a point: byte for byte what was answered then, by commit, time and baseline."""

import json
from typing import Any

import pytest

from tests.flows.test_observations import problem, server
from tests.support.api import Api

EXPORTS = ("/items/export", "/items/export?format=csv&type=host", "/items/export?type=server&search=z1")


def told(api: Api, item_id: str, point: Any = None) -> dict[str, bytes]:
    """What each address answers now, or as of a point."""
    paths = {path: path for path in EXPORTS} | {"item": f"/items/{item_id}"}
    if point is not None:
        paths = {name: f"{path}{'&' if '?' in path else '?'}as_of={point}".replace("+", "%2B") for name, path in paths.items()}
    return {name: api.get(path).content for name, path in paths.items()}


def test_items_and_exports_as_of_a_point(api: Api) -> None:
    api.send(server("z1"), server("z2", description="=1+1"))
    item_id = next(json.loads(line)["id"] for line in api.get("/items/export").text.splitlines() if json.loads(line)["name"] == "z1")
    seen: dict[int, dict[str, bytes]] = {}
    for cpus in (2, 4, 8):
        api.send(server("z1", cpu_count=cpus), *(server(f"z1{cpus}{n}") for n in range(3)))
        seen[int(api.get("/items/export").headers["x-ledger-seq"])] = told(api, item_id)
    assert len(seen) == 3
    assert len({answers["item"] for answers in seen.values()}) == 3
    times = {one["seq"]: one["time"] for one in api.get(f"/commits?after={min(seen) - 1}").json()["commits"]}
    for seq, answers in seen.items():
        assert told(api, item_id, seq) == answers
        assert told(api, item_id, times[seq]) == answers
    first = min(seen)
    answer = api.get(f"/items/{item_id}?as_of={first}")
    assert answer.headers["x-ledger-seq"] == str(first)
    assert api.client.get(answer.request.url, headers={**api.headers("viewer"), "If-None-Match": answer.headers["etag"]}).status_code == 304
    assert api.get(f"/items/export?as_of={first}").headers["x-ledger-seq"] == str(first)


@pytest.mark.parametrize(
    ("point", "status", "code"),
    [("999999", 404, "unknown-revision"), ("no-such-baseline", 404, "baseline-not-found"), ("2020-01-01T00:00:00Z", 404, "item-not-found"),
     ("0", 404, "item-not-found"), ("-1", 400, "bad-point")],
)  # fmt: skip
def test_points_that_are_none_and_moments_before_the_item(api: Api, point: str, status: int, code: str) -> None:
    api.send(server("q1"))
    item_id = json.loads(api.get("/items/export?search=q1").text.splitlines()[0])["id"]
    problem(api.get(f"/items/{item_id}?as_of={point}"), status, code)
