"""The differences of a printable report: sections by kind, what was altered before what came and went, a row for each.

The differences come in the order of the ledger, in which the content digest is taken; the rows wait in files of their own for their
section, so that a report of any length needs little memory.
"""

import html
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import count
from tempfile import SpooledTemporaryFile
from typing import Any

from baselines.coverage import Totals
from baselines.differences import (
    AUTHORISATION_WORDS,
    KIND_ORDER,
    AttributeDifference,
    Authorisation,
    Difference,
    DifferenceKind,
    Subject,
    ValueChange,
)
from baselines.export import text_of

_SUBJECTS = {"item": "item", "relation": "relationship"}
_ADDED = (DifferenceKind.ADDED, DifferenceKind.RESTORED, DifferenceKind.ENTERED)
_IN_MEMORY = 1_000_000
_PIECE = 65_536
_TABLE = (
    '<table class="differences">\n<thead><tr><th class="c0 n">No.</th><th class="c1">What</th><th class="c2">Difference</th>'
    '<th class="c3">Commits</th><th class="c4">Change</th></tr></thead>\n<tbody>\n'
)


def sections(differences: Iterable[Difference], totals: Totals) -> Iterator[bytes]:
    """The rows of all differences, section after section, numbered through."""
    counted = {(kind, subject): _counted(totals, kind, subject) for kind in KIND_ORDER for subject in Subject}
    numbers, before = {}, 0
    for section, many in counted.items():
        numbers[section] = count(before + 1)
        before += many
    with ExitStack() as stack:
        rows = {one: stack.enter_context(SpooledTemporaryFile(_IN_MEMORY)) for one, many in counted.items() if many}
        for one in differences:
            rows[one.kind, one.subject].write(row(next(numbers[one.kind, one.subject]), one).encode())
        for (kind, subject), waiting in rows.items():
            yield _heading(kind, subject, counted[kind, subject]).encode()
            waiting.seek(0)
            yield from iter(lambda waiting=waiting: waiting.read(_PIECE), b"")  # type: ignore[misc]
            yield b"</tbody>\n</table>\n"


def _counted(totals: Totals, kind: DifferenceKind, subject: Subject) -> int:
    return (totals.items if subject is Subject.ITEM else totals.relations).kinds[kind.value]


def _heading(kind: DifferenceKind, subject: Subject, many: int) -> str:
    noun = _SUBJECTS[subject.value] + ("s" if many != 1 else "")
    return f"<h3>{kind.value.capitalize()}: {many:,} {noun}</h3>\n{_TABLE}"


def row(number: int, one: Difference) -> str:
    """One difference as a row of the table."""
    former = f"; was {escaped(one.former_id)}" if one.former_id else ""
    kind = f"{type_of(one.type)} {_SUBJECTS[one.subject.value]}"
    what = f'<span class="what">{_name(one)}</span><br><span class="muted">{kind}<br><code>{escaped(one.id)}</code>{former}</span>'
    fields = "".join(_field(attribute, one.kind) for attribute in one.attributes())
    table = f'<table class="fields">{fields}</table>' if fields else ""
    commits = "<br>".join(
        f"<strong>{commit.seq}</strong> {escaped(moment(commit.time))} by {escaped(commit.actor)}, source {escaped(commit.source)}"
        + (f'<br><span class="muted">{escaped(commit.reason)}</span>' if commit.reason else "")
        for commit in one.commits
    )
    tag = one.authorisation.value if one.authorisation is not Authorisation.NOT_APPLICABLE else "plain"
    said = [f"under {change}" for change in one.changes]
    if one.authorisation is not Authorisation.AUTHORISED:
        said.append(AUTHORISATION_WORDS[one.authorisation])
    shown = "<br>".join(f'<span class="tag {tag}">{escaped(words)}</span>' for words in said)
    return (
        f'<tr><td class="n">{number:,}</td><td>{what}</td><td><strong>{one.kind.value}</strong>{table}</td><td>{commits}</td>'
        f"<td>{shown}</td></tr>\n"
    )


def _name(one: Difference) -> str:
    """What it is called, with what tells it apart from others of its name."""
    if one.source is None or one.target is None:
        return _told_apart(one.name, one.identity)
    source, target = (_told_apart(end.name or end.id, end.identity) for end in (one.source, one.target))
    return f"{source} {type_of(one.type)} {target}"


def _told_apart(name: str, identity: str) -> str:
    return f'{escaped(name)} <span class="muted">{escaped(identity)}</span>' if identity else escaped(name)


def type_of(name: str) -> str:
    """A type's name that may be broken at its underscores."""
    return escaped(name).replace("_", "_<wbr>")


def _field(one: AttributeDifference, kind: DifferenceKind) -> str:
    before, after = escaped(text_of(one.before)), escaped(text_of(one.after))
    if one.kind is ValueChange.ADDED:
        shown = after if kind in _ADDED else f"(nothing) &rarr; <ins>{after}</ins>"
    elif one.kind is ValueChange.REMOVED:
        shown = before if kind is DifferenceKind.REMOVED else f"<del>{before}</del> &rarr; (nothing)"
    elif one.added or one.removed:
        parts = [f"<del>{escaped(text_of(part))}</del>" for part in one.removed] + [
            f"<ins>{escaped(text_of(part))}</ins>" for part in one.added
        ]
        shown = " ".join(parts)
    else:
        shown = f"<del>{before}</del> &rarr; <ins>{after}</ins>"
    return f"<tr><td>{escaped(one.name)}</td><td>{shown}</td></tr>"


def moment(time: str) -> str:
    """`2026-11-23 10:00:00 UTC`: fractions of a second say nothing to a reader; the commit's number tells the order."""
    return f"{time[:10]} {time[11:19]} UTC" if len(time) >= 19 else time


def escaped(text: Any) -> str:
    """A text as HTML shows it."""
    return html.escape(str(text))
