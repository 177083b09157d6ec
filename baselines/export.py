"""Comparisons as files, streamed: NDJSON and CSV here, Excel and the printable report beside it (requirements 9.1-21).

Rules. The same two sides, scope, profile and filters give the same *content* whoever exports it and when: a line that says what was
compared, then a line for each difference, canonical JSON, in the order that never changes. Its sha256 is the content digest; every format
but CSV states it, so that a report, a table and the ledger can be held against each other. In an NDJSON file it covers all lines but the
last: `head -n -1 FILE | sha256sum` recomputes it. CSV is for tables alone: each row names both commits, and whoever writes the file is told
the digest. Which installation it comes from (its public key) is told beside the content: another key alters none.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from baselines.compare import Comparison
from baselines.coverage import Totals
from baselines.differences import AUTHORISATION_MEANS, AUTHORISATION_WORDS, Difference
from baselines.sides import Side
from cmdb.kernel.canonical import canonical_json
from cmdb.ledger.signing import SigningKey, SigningKeyUnusable
from cmdb.model.commit import Commit

COLUMNS = (
    *("from", "to", "subject", "kind", "type", "name", "identity", "id", "former id", "source", "target", "attribute", "before", "after"),
    *("authorisation", "changes", "commits", "times", "actors", "sources", "reasons"),
)


class Content:
    """The content of a comparison, counted and digested as it passes. Use once: read `pieces`, then ask the rest."""

    def __init__(self, comparison: Comparison) -> None:
        self.header = header_body(comparison)
        self.totals = Totals()
        self._comparison = comparison
        self._hash = hashlib.sha256()
        self.begin()

    def begin(self) -> None:
        """Take the header into the digest (anew, where somebody has put another in its place)."""
        self._hash = hashlib.sha256(line(self.header))

    def differences(self) -> Iterator[Difference]:
        """Every difference, in order."""
        for one in self._comparison.stream():
            self.totals.add(one)
            self._hash.update(line(difference_body(one)))
            yield one

    @property
    def digest(self) -> str:
        """The content digest, once everything has passed."""
        return self._hash.hexdigest()


def header_body(comparison: Comparison) -> dict[str, Any]:
    """What was compared: enough to ask the same again. `now` is told as the commit it was."""
    question = comparison.question
    return {
        "record": "comparison",
        "from": _side_body(question.a),
        "to": _side_body(question.b),
        "profile": question.profile.body(),
        "types": list(question.types),
        "service": comparison.service_name or question.service,
        "serviceId": question.service,
        "kinds": [one.value for one in question.kinds],
        "onlyUnauthorised": question.only_unauthorised,
        "notes": list(comparison.scope_notes),
    }


def difference_body(one: Difference) -> dict[str, Any]:
    """One difference as plain JSON."""
    found: dict[str, Any] = {
        "record": "difference",
        "subject": one.subject.value,
        "kind": one.kind.value,
        "id": one.id,
        "type": one.type,
        "name": one.name,
        "attributes": [attribute.body() for attribute in one.attributes()],
        "authorisation": one.authorisation.value,
        "changes": list(one.changes),
        "commits": [commit_body(commit) for commit in one.commits],
    }
    if one.former_id:
        found["formerId"] = one.former_id
    for end, value in (("source", one.source), ("target", one.target)):
        if value is not None:
            found[end] = {"id": value.id, "type": value.type, "name": value.name, "version": value.version}
    return found


def commit_body(commit: Commit) -> dict[str, Any]:
    """What an auditor needs of a commit; its hash leads to the rest."""
    names = ("seq", "time", "actor", "source", "reason", "change", "hash")
    return {name: getattr(commit, name) for name in names}


def ndjson(comparison: Comparison, installation: str | None = None, done: Callable[[str], None] = lambda _: None) -> Iterator[bytes]:
    """Lines: what was compared, every difference, and the end with totals, digest and the public key of the installation.

    `done` is told the content digest."""
    content = Content(comparison)
    yield line(content.header)
    for one in content.differences():
        yield line(difference_body(one))
    yield line(
        {
            "record": "end",
            "totals": content.totals.body(),
            "sha256": content.digest,
            "means": AUTHORISATION_MEANS,
            "installation": installation,
        }
    )
    done(content.digest)


def csv_lines(comparison: Comparison, done: Callable[[str], None] = lambda _: None) -> Iterator[str]:
    """RFC 4180: a header, then a line for each attribute that differs or came or went with the whole. `done` is told the content digest."""
    content = Content(comparison)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for number, one in enumerate(content.differences(), 1):
        writer.writerows([_guarded(cell) for cell in row] for row in rows_of(comparison, one))
        if number % 200 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    if buffer.getvalue():
        yield buffer.getvalue()
    done(content.digest)


def rows_of(comparison: Comparison, one: Difference) -> Iterator[list[int | str]]:
    """The rows of a table for one difference, in the order of `COLUMNS`: one for each attribute, one where there is none. A cell with one
    commit is its number, every other a text."""
    sides = [side.seq for side in (comparison.question.a, comparison.question.b)]
    ends: list[int | str] = [end.name or end.id if end else "" for end in (one.source, one.target)]
    identity = one.identity or " -> ".join(end.identity or end.name for end in (one.source, one.target) if end)
    head = [*sides, one.subject.value, one.kind.value, one.type, one.name, identity, one.id, one.former_id or "", *ends]
    tail = [
        AUTHORISATION_WORDS[one.authorisation],
        "; ".join(one.changes) or ("none" if one.commits else ""),
        one.commits[0].seq if len(one.commits) == 1 else _joined(one.commits, "seq")[0],
        *_joined(one.commits, "time", "actor", "source", "reason"),
    ]
    attributes = one.attributes()
    for attribute in attributes:
        yield [*head, attribute.name, text_of(attribute.before), text_of(attribute.after), *tail]
    if not attributes:
        yield [*head, "", "", "", *tail]


def installation_of(key: Callable[[], SigningKey]) -> str | None:
    """The public key that says where an export comes from; none where the key cannot be used, which only a signature needs."""
    try:
        return key().public
    except SigningKeyUnusable:
        return None


def text_of(value: Any) -> str:
    """A value for people: parts joined by `; `, nothing for none."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return "; ".join(text_of(one) for one in value)
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def line(body: dict[str, Any]) -> bytes:
    """One line of canonical JSON."""
    return canonical_json(body) + b"\n"


def _joined(commits: Iterable[Commit], *names: str) -> list[str]:
    return ["; ".join(dict.fromkeys(str(getattr(one, name)) for one in commits if getattr(one, name))) for name in names]


def _side_body(side: Side) -> dict[str, Any]:
    """A side as it was compared: neither how far a baseline has come in its life nor its seal, which come later and alter no content."""
    found = side.body()
    found.pop("seal", None)
    if side.baseline is not None:
        found["baseline"] = {"id": side.baseline.id, "name": side.baseline.name}
    if side.now:
        found["label"] = f"commit {side.seq}"
    found["scopeText"] = str(side.scope)
    return found


def _guarded(text: int | str) -> int | str:
    """A spreadsheet runs a text that begins like a formula; a leading apostrophe keeps it a text (OWASP: CSV injection)."""
    if isinstance(text, int):
        return text
    return f"'{text}" if text[:1] and text[0] in "=+-@\t\r" else text
