"""Cutting and reading YAML documents: one bad document costs only itself, and bombs cost nothing."""

import time

import pytest

from discovery.source import SourceProblem
from discovery.sources.kubernetes.documents import Document, read_documents


def codes(data: bytes) -> list[str]:
    return [one.code if isinstance(one, SourceProblem) else "ok" for one in read_documents("f.yaml", data)]


def test_documents_are_numbered_and_a_bad_one_costs_only_itself() -> None:
    found = list(read_documents("f.yaml", b"---\na: 1\n---\nb: [1\n---\nc: 3\n"))
    assert [one.where for one in found] == ["f.yaml, document 1", "f.yaml, document 2", "f.yaml, document 3"]
    assert [one.value if isinstance(one, Document) else one.code for one in found] == [{"a": 1}, "malformed-yaml", {"c": 3}]


def test_text_before_the_first_marker_is_a_document_only_if_it_says_something() -> None:
    assert [one.where for one in read_documents("f", b"# licence\n\n---\na: 1\n")] == ["f, document 1"]
    assert [one.where for one in read_documents("f", b"a: 1\n---\n# nothing\n---\nb: 2\n")] == ["f, document 1", "f, document 3"]


def test_a_marker_inside_a_block_scalar_line_is_not_one() -> None:
    (one,) = read_documents("f", b"text: |\n  --- not a marker\n  ----\nother: 1\n")
    assert isinstance(one, Document)
    assert one.value["other"] == 1


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only a comment\n", b"---\n---\n", b"\xef\xbb\xbf"])
def test_empty_input_has_no_documents(data: bytes) -> None:
    assert list(read_documents("f", data)) == []


def test_line_ends_and_encodings() -> None:
    assert codes(b"a: 1\r\n---\r\nb: 2\r\n") == ["ok", "ok"]
    assert codes("a: grün\n".encode("utf-16")) == ["ok"]
    assert codes("a: grün\n".encode("latin-1")) == ["not-text"]


def bomb(levels: int) -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines).encode()


def test_an_alias_bomb_is_refused_quickly() -> None:
    began = time.perf_counter()
    assert codes(bomb(10)) == ["document-too-big"]
    assert codes(bomb(30) + b"\n---\nafter: 1\n") == ["document-too-big", "ok"]
    merge = "\n".join(["a0: &a0 {k: v}"] + [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 12)])
    assert codes(merge.encode()) == ["document-too-big"]
    assert time.perf_counter() - began < 5


def test_honest_aliases_are_read() -> None:
    (one,) = read_documents("f", b"base: &b {x: 1}\nsame: *b\nmore: {<<: *b, y: 2}\n")
    assert isinstance(one, Document)
    assert one.value == {"base": {"x": 1}, "same": {"x": 1}, "more": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    "data",
    [b"[" * 5_000, b"[" * 200 + b"]" * 200, b"a: " * 3 + b"&x [*x]", b"&x [*x]", b"{" * 90_000, b"- " * 2_000 + b"x"],
    ids=["open", "deep", "self-in-map", "self", "braces", "dashes"],
)
def test_deep_and_self_containing_documents_are_refused(data: bytes) -> None:
    assert codes(data)[0] in ("document-too-big", "malformed-yaml")


def test_a_huge_document_is_refused_before_it_is_parsed() -> None:
    began = time.perf_counter()
    assert codes(b"a: " + b"x" * 5_000_000 + b"\n---\nb: 1\n") == ["document-too-big", "ok"]
    assert time.perf_counter() - began < 2


def test_templates_are_told_from_mistakes() -> None:
    assert codes(b"metadata:\n  name: {{ .Values.name }}\n  {{- if .x }}\n") == ["template-not-rendered"]
    assert codes(b"metadata:\n  name: }{\n") == ["malformed-yaml"]


@pytest.mark.parametrize(
    "tag", [b"!!python/object/apply:os.system ['true']", b"!!bool perhaps", b"!!int ''", b"!custom x", b"? [a]\n: b", b"!!timestamp x"]
)
def test_tags_that_cannot_be_built_are_problems(tag: bytes) -> None:
    assert codes(tag) == ["malformed-yaml"]


def test_a_problem_never_repeats_the_text() -> None:
    (one,) = read_documents("f", b"password: hunter2: oops 'hunter2'\n")
    assert isinstance(one, SourceProblem)
    assert "hunter2" not in one.detail
