"""YAML text to documents, each on its own, so that one bad document costs only itself.

A file is cut at the lines that begin with `---` before anything is parsed: YAML forbids such a line inside a scalar, so the cut is
exact. Each document is then measured by its events before it is built. An alias counts as much as what it stands for, so a "billion
laughs" document is refused at the price of reading it, as are very deep ones and those that contain themselves.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from discovery.source import SourceProblem

MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
"""Longer documents are refused. Kubernetes itself stores no object over 1.5 MiB."""
MAX_NODES = 200_000
"""Most nodes a document may have once its aliases are written out."""
MAX_DEPTH = 100
RENDER_FIRST = "this is a template, not a manifest; render it first (helm template, kustomize build)"

_CUT = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BUILD_FAULTS = (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True)
class Document:
    """One parsed document: `where` is `<file>, document <n>` (n counts from 1, empty documents included)."""

    where: str
    value: Any


class _TooBigError(ValueError):
    """The document is too deep, too big, or contains itself."""


def read_documents(name: str, data: bytes) -> Iterator[Document | SourceProblem]:
    """The documents of one file, in order, and a problem in the place of each that cannot be read. Empty documents are passed over."""
    try:
        content = _decode(data)
    except UnicodeDecodeError as fault:
        yield SourceProblem("not-text", name, f"the file is not UTF-8 text: {fault.reason} at byte {fault.start}")
        return
    pieces = _CUT.split(content.replace("\r\n", "\n"))
    number = 0
    for index, piece in enumerate(pieces):
        if index == 0 and len(pieces) > 1 and not _has_content(piece):
            continue  # what stands before the first `---` is a document only when it says something
        number += 1
        if _has_content(piece):
            yield _read(f"{name}, document {number}", piece)


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _has_content(piece: str) -> bool:
    return any(line and not line.startswith(("#", "%")) for line in map(str.strip, piece.splitlines()))


def _read(where: str, piece: str) -> Document | SourceProblem:
    if len(piece) > MAX_DOCUMENT_BYTES:
        return SourceProblem("document-too-big", where, f"the document has {len(piece)} characters; at most {MAX_DOCUMENT_BYTES} are read")
    piece = "\n".join(line for line in piece.split("\n") if not line.startswith("%"))
    try:
        _measure(piece)
        value = yaml.load(piece, Loader=_Loader)  # noqa: S506 -- the loader is the safe one
    except _TooBigError as fault:
        return SourceProblem("document-too-big", where, str(fault))
    except _BUILD_FAULTS as fault:
        if _TEMPLATE.search(piece):
            return SourceProblem("template-not-rendered", where, RENDER_FIRST)
        return SourceProblem("malformed-yaml", where, _one_line(fault))
    return Document(where, value)


def _measure(piece: str) -> None:
    """Refuse what would grow beyond the limits when built, from the stream of events alone."""
    sizes: dict[str, int] = {}
    open_anchors: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(piece, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes and any(anchor == event.anchor for anchor, _ in open_anchors):
                raise _TooBigError("the document contains itself")
            total += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            open_anchors.append((event.anchor, total))
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, start = open_anchors.pop()
            if anchor is not None:
                sizes[anchor] = total - start
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor is not None:
                sizes[event.anchor] = 1
        if total > MAX_NODES:
            raise _TooBigError(f"the document has more than {MAX_NODES} values once its aliases are written out")
        if len(open_anchors) > MAX_DEPTH:
            raise _TooBigError(f"the document is nested deeper than {MAX_DEPTH} levels")


def _one_line(fault: BaseException) -> str:
    """What is wrong and where in the document, without the line itself: it may hold a secret."""
    if isinstance(fault, yaml.MarkedYAMLError) and fault.problem_mark is not None:
        mark = fault.problem_mark
        return f"{_without_content(fault.problem)} (line {mark.line + 1} of the document, column {mark.column + 1})"
    return _without_content(type(fault).__name__)


def _without_content(problem: str | None) -> str:
    """A parser's message with anything it quotes taken out."""
    return re.sub(r"(['\"]).*?\1", "...", problem or "not readable as YAML")[:200]
