"""Statement files: headers, dialects, and places that only names may fill."""

from pathlib import Path

import pytest

from cmdb.store.statements import BadStatement, Statement, load

HEADER = "// What it does.\n// mode: read\n// params: ids, after\n// returns: id, name\n"


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.cypher").write_text(text, encoding="utf-8")


def test_header_and_text(tmp_path: Path) -> None:
    write(tmp_path, "read_items", HEADER + "MATCH (n:Item)\n// a remark\nRETURN n.id AS id\n")
    statement = load(tmp_path, "read_items")
    assert (statement.name, statement.mode) == ("read_items", "read")
    assert statement.params == ("ids", "after")
    assert statement.returns == ("id", "name")
    assert statement.text == "MATCH (n:Item)\nRETURN n.id AS id"


def test_none_means_empty(tmp_path: Path) -> None:
    write(tmp_path, "count", "// mode: write\n// params: none\n// returns: none\nRETURN 1")
    statement = load(tmp_path, "count")
    assert statement.params == statement.returns == ()


@pytest.mark.parametrize("header", ["", "// params: none\n", "// mode: both\n", "// mode:\n"])
def test_a_header_without_a_mode_is_refused(tmp_path: Path, header: str) -> None:
    write(tmp_path, "odd", header + "RETURN 1")
    with pytest.raises(BadStatement) as refusal:
        load(tmp_path, "odd")
    assert "odd.cypher" in refusal.value.detail


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadStatement):
        load(tmp_path, "nowhere")


def test_each_engine_gets_its_own_text(tmp_path: Path) -> None:
    write(tmp_path, "say", HEADER + "RETURN 'common'")
    write(tmp_path, "say.arcadedb", HEADER + "RETURN 'own'")
    write(tmp_path, "say_more", HEADER + "RETURN 'more'")
    statement = load(tmp_path, "say")
    assert statement.for_engine("arcadedb") == "RETURN 'own'"
    assert statement.for_engine("neo4j") == "RETURN 'common'"


@pytest.mark.parametrize(
    ("label", "quoted"), [("Item", "`Item`"), ("Item:Server", "`Item`:`Server`"), ("DEPENDS_ON", "`DEPENDS_ON`"), ("K8s2", "`K8s2`")]
)
def test_names_are_quoted_in_every_dialect(label: str, quoted: str) -> None:
    statement = Statement("x", "read", (), (), "MATCH (n:{{label}})", {"arcadedb": "MATCH (m:{{label}})"}).named(label=label)
    assert statement.for_engine("neo4j") == f"MATCH (n:{quoted})"
    assert statement.for_engine("arcadedb") == f"MATCH (m:{quoted})"


@pytest.mark.parametrize(
    "label",
    [
        "",
        "Item`",
        "Item) DETACH DELETE (n",
        "Item:",
        ":Item",
        "1st",
        "_x",
        "Ite\u0301m",
        "Item Server",
        "I" * 101,
        "Item\n",
        "Item`:`Server",
    ],
)
def test_what_is_no_name_is_refused(label: str) -> None:
    with pytest.raises(BadStatement):
        Statement("x", "read", (), (), "MATCH (n:{{label}})").named(label=label)


def test_a_place_without_a_name_is_refused() -> None:
    with pytest.raises(BadStatement) as refusal:
        Statement("x", "read", (), (), "MATCH (n:{{label}})").named(other="Item")
    assert "label" in refusal.value.detail
