"""Exports of a comparison: one content, four formats; the report checks itself and against the ledger."""

import csv
import hashlib
import io
import re
from pathlib import Path

import orjson
import pytest
from openpyxl import load_workbook

from baselines.compare import Comparison
from baselines.differences import AUTHORISATION_MEANS
from baselines.export import COLUMNS, csv_lines, ndjson
from baselines.export_excel import write_excel
from baselines.model import WHOLE, Scope, ScopeKind
from baselines.report import MARK, NotAReport, check, report
from baselines.report_check import hold_against
from cmdb.ledger.log import Log
from cmdb.ledger.signing import load_key
from cmdb.model.actor import Actor, Role
from cmdb.store.bolt import BoltStore
from tests.support.comparing import ENGINEER, Comparing
from tests.support.estate import create, relate, relation, retire, rework, server, update

NASTY = '=cmd|"/c calc"!A1</script><img src=x onerror=alert(1)>'


@pytest.fixture
def shop(store: BoltStore) -> Comparing:
    made = Comparing(store)
    web, db, old = server("web", ports=(80, 443)), server("db"), server("old")
    edge = relation("shop", "web", need="hard")
    made.write(*map(create, (web, db, old, server("shop", type_name="service"))), relate(edge, fresh=True))
    made.write(update(web, attributes={"ports": (80, 8443)}), rework(edge, need="soft"), change="CHG-1", reason="new port")
    made.write(update(db, name=NASTY), retire(old), create(server("new", cpu_count=2)), reason="by hand")
    return made


def text_of(comparison: Comparison) -> bytes:
    return b"".join(report(comparison, "2026-11-23T10:00:00.000000Z", "ada"))


def test_the_content_digest_is_the_same_in_every_format(shop: Comparing, tmp_path: Path) -> None:
    lines = b"".join(ndjson(shop.between(1))).splitlines(keepends=True)
    end = orjson.loads(lines[-1])
    assert end["sha256"] == hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    assert (end["totals"]["all"]["total"], len(lines)) == (5, 7)
    assert check(text_of(shop.between(1))).content == end["sha256"]
    assert write_excel(shop.between(1), tmp_path / "a.xlsx") == end["sha256"]
    shop.write(create(server("later")))
    assert check(text_of(shop.between(1, 3))).content == end["sha256"]  # `now` was commit 3


def test_the_content_is_the_same_however_far_a_baseline_has_come(shop: Comparing) -> None:
    room, ada, mona = shop.baselines, ENGINEER, Actor("mona", frozenset({Role.CHANGE_MANAGER}))
    room.baselines.take("Q3", "evidence", WHOLE, ada, point=2)
    room.baselines.take("Q4", "evidence", WHOLE, ada, point=3)
    before = check(text_of(shop.between("Q3", "Q4"))).content
    room.seals.seal("Q3", ada)
    room.baselines.approve("Q4", mona)
    assert check(text_of(shop.between("Q3", "Q4"))).content == before


def test_what_does_not_fit_a_cell_is_told(shop: Comparing, tmp_path: Path) -> None:
    start = shop.write(create(server("wide")))
    shop.write(update(server("wide"), description="y" * 33_000))
    write_excel(shop.between(start), tmp_path / "wide.xlsx")
    cells = [cell.value for row in load_workbook(tmp_path / "wide.xlsx")["Differences"].iter_rows() for cell in row if cell.value]
    assert any(str(one).endswith("[1,000 characters more; they are in the NDJSON export]") for one in cells)


def test_the_report_names_both_sides_and_every_difference(shop: Comparing) -> None:
    text = text_of(shop.between(1)).decode()
    for side in (shop.between(1).question.a, shop.between(1).question.b):
        assert side.hash in text
    assert "5 differences" in text
    assert "2 of 5 (40.0 %) are under a change" in text
    assert '<span class="tag authorised">under CHG-1</span>' in text
    assert text.count('<span class="tag none">unauthorised</span>') == 3
    headings = re.findall("<h3>(.*?)</h3>", text)
    assert headings == ["Changed: 1 item", "Changed: 1 relationship", "Renamed: 1 item", "Added: 1 item", "Removed: 1 item"]
    assert re.findall(r'<tr><td class="n">(\d+)</td><td><span class="what">', text) == ["1", "2", "3", "4", "5"]
    assert "the change that the commit names" in text
    assert "<del>443</del> <ins>8443</ins>" in text
    assert "shop depends_<wbr>on web" in text

    assert "<img" not in text
    assert text.count("<script") == 1
    assert not re.search(r"<[^>]*\b(?:src|href)\s*=|url\(", text)
    assert "http" not in re.sub(r"http-equiv", "", text)


def test_a_report_that_was_altered_is_found_out(shop: Comparing) -> None:
    data = text_of(shop.between(1))
    assert check(data).intact
    for altered in (
        data.replace(b"CHG-1", b"CHG-2"),
        data + b"<p>and one more</p>",
        data.replace(MARK, b"<p>slipped in</p>\n" + MARK),
        data.replace(check(data).computed.encode(), b"0" * 64),
    ):
        assert not check(altered).intact
    for broken in (b"", b"<html>", data[:-400], data.replace(b'id="compared"', b'id="x"')):
        with pytest.raises(NotAReport):
            check(broken)


def test_a_row_cannot_be_taken_out_by_who_computes_the_digest_again(shop: Comparing, tmp_path: Path) -> None:
    key, other = (load_key(tmp_path / name, create=True) for name in "ab")
    pair = shop.between(1)
    data = b"".join(report(pair, "2026-11-23T10:00:00.000000Z", "ada", key))
    assert check(data).signed_with(key.public)
    assert not check(data).signed_with(other.public)
    assert not check(text_of(shop.between(1))).signed_with(key.public)

    before, _, after = data.rpartition(MARK)
    rows = re.findall(rb'<tr><td class="n">\d+</td><td><span class="what">.*?</tr>\n(?=</tbody>)', before, re.DOTALL)
    cut = before.replace(rows[0], b"")
    assert len(cut) < len(before)
    stated = check(data).stated.encode()
    forged = cut + MARK + after.replace(stated, hashlib.sha256(cut).hexdigest().encode())
    assert not check(forged).intact, "the signature is that of another file"
    unsigned = re.sub(rb"<p><strong>Signed.*?</p>\n", b"", forged)
    assert check(unsigned).intact
    assert not check(unsigned).signed_with(key.public)


def test_a_report_is_held_against_the_ledger(shop: Comparing) -> None:
    log = Log(shop.store)
    checked = check(text_of(shop.between(1, None, "significant", only_unauthorised=True)))
    held = hold_against(checked, shop.room.compare, log)
    assert (held.content, held.problems) == (checked.content, ())
    forged = check(text_of(shop.between(1)).replace(b"CHG-1", b"CHG-2"))
    assert hold_against(forged, shop.room.compare, log).problems == ()  # the stated digest still is the true one; `intact` tells
    other = check(text_of(shop.between(1, 2)).replace(shop.between(1, 2).question.b.hash.encode(), b"f" * 64))
    problems = hold_against(other, shop.room.compare, log).problems
    assert len(problems) == 2
    assert "chain hash" in problems[0]


def test_csv_and_excel_have_a_row_for_each_attribute_and_run_nothing(shop: Comparing, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO("".join(csv_lines(shop.between(1))))))
    assert next(tuple(row) for row in rows) == COLUMNS
    by_kind = {row["kind"]: row for row in rows}
    assert (by_kind["renamed"]["attribute"], by_kind["renamed"]["after"]) == ("name", f"'{NASTY}")
    assert (by_kind["changed"]["authorisation"], by_kind["changed"]["changes"]) == ("under a change", "CHG-1")
    whole = {
        kind: {row["attribute"]: (row["before"], row["after"]) for row in rows if row["kind"] == kind} for kind in ("added", "removed")
    }
    assert whole["added"] == {"name": ("", "new"), "cpu_count": ("", "2"), "status": ("", "live")}
    assert whole["removed"] == {"name": ("old", ""), "status": ("live", "")}
    assert by_kind["added"]["changes"] == "none"
    assert {(row["from"], row["to"]) for row in rows} == {("1", "3")}
    assert len(rows) == 8
    told: list[str] = []
    for _ in csv_lines(shop.between(1), told.append):
        pass
    assert told == [check(text_of(shop.between(1))).content]

    write_excel(shop.between(1), tmp_path / "a.xlsx", "our key", "2026-11-23T10:00:00.000000Z", "ada")
    book = load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["Summary", "Differences"]
    table = list(book["Differences"].iter_rows(values_only=True))
    assert table[0] == COLUMNS
    assert len(table) == 9
    assert {row[:2] for row in table[1:]} == {(1, 3)}, "commits are numbers"
    cells = [cell for row in book["Differences"].iter_rows() for cell in row if cell.value == NASTY]
    assert [cell.data_type for cell in cells] == ["s", "s"]
    said = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True) if row[0]}
    assert said["Made on"] == "2026-11-23 10:00:00 UTC by ada"
    assert (said["All"], said["Installation (its public key)"], said["Note"]) == (5, "our key", AUTHORISATION_MEANS)


def test_scopes_and_services_are_told_by_name(shop: Comparing, tmp_path: Path) -> None:
    room = shop.baselines.baselines
    room.take("of the web", "evidence", Scope(ScopeKind.SERVICE, service="shop"), ENGINEER, point=1)
    some = Scope(ScopeKind.ITEMS, items=("web", "db", "old"))
    room.take("of some", "evidence", some, ENGINEER, point=2)
    asks = {
        "types": ["host"],
        "filter": [{"field": "owner", "op": "is_null", "value": True}, {"field": "cpu_count", "op": "gt", "value": 1}],
    }
    room.take("asked", "evidence", Scope(ScopeKind.QUERY, query=asks), ENGINEER, point=3)
    shop.write(update(server("shop", type_name="service"), name="Web shop"))
    pair = shop.between("of the web", "asked", service="Web shop")
    assert [str(side.scope) for side in (pair.question.a, pair.question.b)] == [
        "service shop", "query: items of host where owner is empty and cpu_count > 1"
    ]  # fmt: skip
    assert "service shop and query: items of host" in pair.notes[0]
    header = orjson.loads(next(iter(ndjson(pair))))
    assert (header["service"], header["serviceId"], header["from"]["scopeText"]) == ("shop", "shop", "service shop")
    assert str(shop.between("of some", 3).question.a.scope) == "items db, old, web", "as they were called then"
    assert hold_against(check(text_of(pair)), shop.room.compare, Log(shop.store)).problems == ()
    assert pair.question.a.scope == Scope(ScopeKind.SERVICE, service="shop"), "what is told is no part of the scope"


def test_a_limit_that_was_met_is_told_at_the_first_asking(
    shop: Comparing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("baselines.pairs.MOST", 0)
    told = "So many items came or went that changes of type were not looked for."
    write_excel(shop.between(1), tmp_path / "a.xlsx")
    notes = [row[1] for row in load_workbook(tmp_path / "a.xlsx")["Summary"].iter_rows(values_only=True) if row[0] == "Note"]
    assert told in notes
    assert shop.between(1, 3).notes == (told,)
    assert told in text_of(shop.between(2)).decode()


def test_nothing_differs(shop: Comparing, tmp_path: Path) -> None:
    text = text_of(shop.between(2, 2)).decode()
    assert "Nothing differs between the two sides." in text
    assert "".join(csv_lines(shop.between(2, 2))).strip() == ",".join(COLUMNS)
    assert write_excel(shop.between(2, 2), tmp_path / "b.xlsx")
