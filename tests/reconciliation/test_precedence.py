"""Who is believed about a field."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from cmdb.kernel.clock import to_text
from cmdb.model.pack import load_pack
from cmdb.model.plan import ClaimEdit
from cmdb.model.types import PrecedenceRule
from cmdb.reconciliation.precedence import HISTORY_SOURCE, believed, effective

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ALIKE = PrecedenceRule(("*",), ("*",))


def claim(source: str, *, days: float = 0, **fields: str) -> ClaimEdit:
    return ClaimEdit("i", source, "", source, fields or {"x": source}, seen_at=to_text(NOW - timedelta(days=days)))


@pytest.mark.parametrize(
    ("rule", "claims", "present", "expected"),
    [
        (PrecedenceRule(("*",), ("b", "a")), [claim("a"), claim("b")], "a", "b"),
        (PrecedenceRule(("*",), ("*", "a")), [claim("a"), claim("z")], "a", "z"),
        (ALIKE, [claim("a"), claim("manual")], "a", "manual"),
        (PrecedenceRule(("*",), ("a", "*")), [claim("a"), claim("manual")], "manual", "a"),
        (ALIKE, [claim("a", days=9), claim("b")], "a", "a"),
        (ALIKE, [claim("a", days=9), claim("b")], None, "b"),
        (ALIKE, [claim("b"), claim("a")], None, "a"),
        (PrecedenceRule(("*",), ("a", "b"), timedelta(days=7)), [claim("a", days=8), claim("b")], "a", "b"),
        (PrecedenceRule(("*",), ("a", "b"), timedelta(days=7)), [claim("a", days=6), claim("b")], "b", "a"),
        (PrecedenceRule(("*",), ("a", "b"), timedelta(days=7)), [claim("a", days=8), claim("b", days=9)], "b", "a"),
        (PrecedenceRule(("*",), ("manual", "*"), timedelta(days=7)), [claim("manual", days=400), claim("b")], "b", "manual"),
        (ALIKE, [claim(HISTORY_SOURCE), claim("z", days=300)], HISTORY_SOURCE, "z"),
    ],
)
def test_the_order_of_belief(rule: PrecedenceRule, claims: list[ClaimEdit], present: str | None, expected: str) -> None:
    for order in permutations(claims):
        assert believed(rule, order, present, NOW).source == expected


def test_values_come_with_their_sources_field_by_field() -> None:
    server = load_pack().item("server")
    claims = [claim("a", name="web", owner="ops"), claim("manual", owner="net"), claim("b", location="rack 1")]
    values, origins = effective(server, claims, {"name": "a"}, NOW)
    assert values == {"name": "web", "owner": "net", "location": "rack 1"}
    assert origins == {"name": "a", "owner": "manual", "location": "b"}


def test_one_claim_alone_is_what_it_says() -> None:
    fields: Mapping[str, str] = {"name": "web"}
    assert effective(load_pack().item("server"), [claim("a", **fields)], {}, NOW) == ({"name": "web"}, {"name": "a"})
