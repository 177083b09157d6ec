"""The printable report of a comparison: one HTML file that needs nothing else, with digests an auditor can check years later.

Rules. The file is streamed: totals and coverage first, then a row for each difference. It names both sides with their chain hashes, the
scope, the profile and the filters, states the content digest (see `baselines.export`), and ends with the sha256 of every byte before the
mark that announces it. `check` recomputes that; asked with a ledger, it makes the comparison anew and holds the content digest against it.
Whoever alters a file can compute its digest again: so the installation signs it (Ed25519, the key of the checkpoints), and a report proves
something only to who trusts that key.
Everything that comes from the CMDB is escaped; the file's own policy forbids scripts and any outside address.
"""

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import orjson

from baselines.compare import Comparison
from baselines.coverage import Tally
from baselines.differences import AttributeDifference, Authorisation, Difference, DifferenceKind, ValueChange
from baselines.export import Content, text_of
from baselines.sides import Side
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.signing import SigningKey, SigningKeyUnusable, signature_holds
from cmdb.model.item import ItemState

TEMPLATES = Path(__file__).parent / "templates"
MARK = b"<!-- sha256 of everything above -->\n"
_COMPARED = re.compile(rb'<script type="application/json" id="compared">(.*?)</script>')
_CONTENT = re.compile(rb'<code id="content">([0-9a-f]{64})</code>')
_SIGNED = re.compile(rb'<code id="key">([A-Za-z0-9+/=]{44})</code>:<br><code id="signature">([A-Za-z0-9+/=]{88})</code>')
_SUBJECTS = {"item": "item", "relation": "relationship"}
_ADDED = (DifferenceKind.ADDED, DifferenceKind.RESTORED, DifferenceKind.ENTERED)


class NotAReport(InvalidInput):
    """The file is no report of a comparison, or was cut."""

    code = "not-a-report"
    title = "This is no report of a comparison"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a report says of itself. `intact`: its digest is that of its bytes, nothing was added after it, and the signature, where there
    is one, is that of the public key `key` (None: unsigned). Whether that key is to be trusted is for the reader: see `signed_with`."""

    intact: bool
    stated: str
    computed: str
    content: str
    compared: dict[str, Any]
    key: str | None = None

    def signed_with(self, trusted: str) -> bool:
        """Whether it is as the holder of this public key made it."""
        return self.intact and self.key == trusted


def report(comparison: Comparison, made_at: str, made_by: str, key: SigningKey | None = None) -> Iterator[bytes]:
    """The report in pieces, signed where there is a key. `made_at` and `made_by` are said in it; they are no part of the content."""
    whole = hashlib.sha256()
    for piece in _pieces(comparison, made_at, made_by):
        whole.update(piece)
        yield piece
    digest = whole.hexdigest()
    yield MARK + _trailer(digest, key.public if key else None, key.sign(_signed(digest)) if key else None)


def check(data: bytes) -> Checked:
    """Recompute a report's digest. Raises `NotAReport`."""
    before, mark, after = data.rpartition(MARK)
    content, compared = _CONTENT.findall(before), _COMPARED.search(before)
    stated = re.search(rb'<code id="file">([0-9a-f]{64})</code>', after)
    if not mark or not stated or not content or not compared:
        raise NotAReport("the file is no report of a comparison, or its end is missing")
    computed = hashlib.sha256(before).hexdigest()
    signed = _SIGNED.search(after)
    key, signature = (signed[1].decode(), signed[2].decode()) if signed else (None, None)
    intact = after == _trailer(computed, key, signature) and _signature_fits(computed, key, signature)
    try:
        said = orjson.loads(compared[1])
    except orjson.JSONDecodeError as problem:
        raise NotAReport(f"what was compared cannot be read from the report: {problem}") from problem
    return Checked(intact, stated[1].decode(), computed, content[-1].decode(), said, key)


def _signed(digest: str) -> bytes:
    """What a signature covers: the digest behind a prefix of its own, so that nothing else signed with the key can pass for a report."""
    return b"cmdb-report/1\n" + digest.encode()


def _signature_fits(digest: str, key: str | None, signature: str | None) -> bool:
    if key is None or signature is None:
        return True
    try:
        return signature_holds(key, signature, _signed(digest))
    except SigningKeyUnusable:
        return False


def _trailer(digest: str, key: str | None = None, signature: str | None = None) -> bytes:
    said = "<strong>File digest</strong> (sha256 of this file up to the comment that announces it)"
    how = "<code>cmdb baseline check-report FILE</code> recomputes it."
    seal = ""
    if key and signature:
        seal = f'<p><strong>Signed</strong> with the key <code id="key">{key}</code>:<br><code id="signature">{signature}</code></p>\n'
    return f'<p>{said}:<br><code id="file">{digest}</code><br>{how}</p>\n{seal}</footer>\n</body>\n</html>\n'.encode()


def _pieces(comparison: Comparison, made_at: str, made_by: str) -> Iterator[bytes]:
    content = Content(comparison)
    yield _head(comparison, content, made_at, made_by).encode()
    number = 0
    for number, one in enumerate(content.differences(), 1):
        yield _row(number, one).encode()
    nothing = "" if number else '<p class="note">Nothing differs between the two sides.</p>'
    yield Template((TEMPLATES / "foot.html").read_text()).substitute(content=content.digest, nothing=nothing).encode()


def _head(comparison: Comparison, content: Content, made_at: str, made_by: str) -> str:
    question, totals = comparison.question, comparison.totals()
    services, complete = comparison.services()
    kinds = [one for one in DifferenceKind if totals.all.kinds[one.value]]
    notes = "".join(f'<p class="note">{_e(note)}</p>\n' for note in comparison.notes)
    rows = (("All", totals.all), ("Items", totals.items), ("Relationships", totals.relations))
    return Template((TEMPLATES / "head.html").read_text()).substitute(
        title=f"Comparison of {_e(_short(question.a))} with {_e(_short(question.b))}",
        css=(TEMPLATES / "report.css").read_text(),
        compared=orjson.dumps(content.header).decode().replace("<", "\\u003c"),
        sub=f"Made on {_e(_moment(made_at))} by {_e(made_by)} from the ledger of the configuration management database.",
        sides=_sides(question.a, question.b) + _asked(content.header),
        notes=notes,
        sentence=_sentence(totals.all),
        bar=_bar(totals.all),
        bar_label=_e(_share(totals.all)),
        kind_heads="".join(f'<th class="n">{one.value.capitalize()}</th>' for one in kinds),
        totals="\n".join(_total(name, tally, kinds) for name, tally in rows),
        services="\n".join(_coverage(_e(row.name) or "(supports no service)", row.tally) for row in services) or _empty(5),
        services_note="" if complete else '<p class="note">Not every item could be followed up to its services: there are too many.</p>',
        types="\n".join(_coverage(_type(name), tally) for name, tally in totals.types()) or _empty(5),
    )


def _sides(a: Side, b: Side) -> str:
    rows = [
        ("Side", [f"<strong>{_e(side.label)}</strong>" for side in (a, b)]),
        ("Purpose", [_e(side.baseline.purpose) if side.baseline else "" for side in (a, b)]),
        ("Standing", [_standing(side) for side in (a, b)]),
        ("Commit and time", [f"{side.seq}{', ' + _e(_moment(side.time)) if side.time else ''}" for side in (a, b)]),
        ("Chain hash", [f"<code>{_e(side.hash)}</code>" for side in (a, b)]),
        ("Seal (Merkle root)", [f"<code>{_e(side.baseline.seal.digest)}</code>" if _sealed(side) else "" for side in (a, b)]),  # type: ignore[union-attr]
        ("Scope", [_e(str(side.scope)) for side in (a, b)]),
    ]
    return "\n".join(f"<tr><th>{name}</th><td>{one}</td><td>{two}</td></tr>" for name, (one, two) in rows if one or two)


def _sealed(side: Side) -> bool:
    return side.baseline is not None and side.baseline.seal is not None


def _standing(side: Side) -> str:
    one = side.baseline
    if one is None:
        return ""
    approved = f", approved by {_e(one.approved_by)} on {_e(_moment(one.approved_at or ''))}" if one.approved_by else ", not approved"
    designation = f" as {_e(one.designation)}" if one.designation else ""
    return f"{one.state.value}{designation}; taken by {_e(one.taken_by)} on {_e(_moment(one.taken_at))}{approved}"


def _asked(header: dict[str, Any]) -> str:
    profile = header["profile"]
    said = [_e(f"{profile['name']}: {profile['description']}" if profile["description"] else profile["name"])]
    lists = [name for name in ("include_types", "exclude_types", "include_attributes", "exclude_attributes") if profile[name]]
    said += [f"{name.replace('_', ' ')}: <code>{_e(', '.join(profile[name]))}</code>" for name in lists]
    wanted = [f"{name}: {_e(', '.join(header[name]))}" for name in ("types", "kinds") if header[name]]
    wanted += [f"service: {_e(header['service'])}"] if header["service"] else []
    wanted += ["only what no change, or not every commit, authorised"] if header["onlyUnauthorised"] else []
    rows = f'\n<tr><th>Profile</th><td colspan="2">{"<br>".join(said)}</td></tr>'
    return rows + (f'\n<tr><th>Only</th><td colspan="2">{"; ".join(wanted)}</td></tr>' if wanted else "")


def _sentence(tally: Tally) -> str:
    if not tally.total:
        return "<p><strong>Nothing differs.</strong></p>"
    return f"<p><strong>{tally.total:,} differences</strong>. {_e(_share(tally))}</p>"


def _share(tally: Tally) -> str:
    if tally.share is None:
        return "No authorisation applies to any of them."
    counted = tally.authorised + tally.partly + tally.none
    said = f"{tally.authorised:,} of {counted:,} ({100 * tally.share:.1f} %) are authorised"
    return f"{said}, {tally.partly:,} partly, {tally.none:,} not at all."


def _bar(tally: Tally) -> str:
    counted = (tally.authorised + tally.partly + tally.none) or 1
    names = ("authorised", "partly", "none")
    return "".join(
        f'<i class="{name}" style="width:{100 * getattr(tally, name) / counted:.2f}%"></i>' for name in names if getattr(tally, name)
    )


def _total(name: str, tally: Tally, kinds: list[DifferenceKind]) -> str:
    cells = "".join(f'<td class="n">{tally.kinds[one.value]:,}</td>' for one in kinds)
    figures = "".join(f'<td class="n">{count:,}</td>' for count in (tally.authorised, tally.partly, tally.none))
    return f'<tr><th>{name}</th><td class="n">{tally.total:,}</td>{cells}{figures}<td class="n">{_percent(tally)}</td></tr>'


def _coverage(name: str, tally: Tally) -> str:
    figures = "".join(f'<td class="n">{count:,}</td>' for count in (tally.total, tally.authorised, tally.none + tally.partly))
    return f'<tr><td>{name}</td>{figures}<td>{_percent(tally)}<div class="bar small-bar">{_bar(tally)}</div></td></tr>'


def _percent(tally: Tally) -> str:
    return "n/a" if tally.share is None else f"{100 * tally.share:.1f} %"


def _empty(columns: int) -> str:
    return f'<tr><td colspan="{columns}" class="muted">none</td></tr>'


def _row(number: int, one: Difference) -> str:
    former = f"; was {_e(one.former_id)}" if one.former_id else ""
    kind = f"{_type(one.type)} {_SUBJECTS[one.subject.value]}"
    what = f'<span class="what">{_name(one)}</span><br><span class="muted">{kind}<br><code>{_e(one.id)}</code>{former}</span>'
    fields = "".join(_field(attribute, one.kind) for attribute in one.attributes())
    table = f'<table class="fields">{fields}</table>' if fields else ""
    commits = "<br>".join(
        f"<strong>{commit.seq}</strong> {_e(_moment(commit.time))} by {_e(commit.actor)}, source {_e(commit.source)}"
        + (f'<br><span class="muted">{_e(commit.reason)}</span>' if commit.reason else "")
        for commit in one.commits
    )
    tag = one.authorisation.value if one.authorisation is not Authorisation.NOT_APPLICABLE else "plain"
    verdict = {Authorisation.NOT_APPLICABLE: "not altered itself", Authorisation.PARTLY: "partly"}.get(one.authorisation, "")
    changes = "<br>".join(f'<span class="tag {tag}">{_e(change)}</span>' for change in one.changes)
    shown = changes if not verdict else f'{changes}{"<br>" if changes else ""}<span class="tag {tag}">{verdict}</span>'
    return (
        f'<tr><td class="n">{number:,}</td><td>{what}</td><td><strong>{one.kind.value}</strong>{table}</td><td>{commits}</td>'
        f'<td>{shown or f"""<span class="tag {tag}">none</span>"""}</td></tr>\n'
    )


def _name(one: Difference) -> str:
    """What it is called; ends of relationships with their versions, where the same name came in another one."""
    if one.source is None or one.target is None:
        state = one.after or one.before
        return _versioned(one.name, state.version if isinstance(state, ItemState) else "")
    source, target = (_versioned(end.name or end.id, end.version) for end in (one.source, one.target))
    return f"{source} {_type(one.type)} {target}"


def _versioned(name: str, version: str) -> str:
    return f'{_e(name)} <span class="muted">{_e(version)}</span>' if version else _e(name)


def _type(name: str) -> str:
    return _e(name).replace("_", "_<wbr>")


def _field(one: AttributeDifference, kind: DifferenceKind) -> str:
    before, after = _e(text_of(one.before)), _e(text_of(one.after))
    if one.kind is ValueChange.ADDED:
        shown = after if kind in _ADDED else f"<ins>{after}</ins>"
    elif one.kind is ValueChange.REMOVED:
        shown = before if kind is DifferenceKind.REMOVED else f"<del>{before}</del>"
    elif one.added or one.removed:
        parts = [f"<del>{_e(text_of(part))}</del>" for part in one.removed] + [f"<ins>{_e(text_of(part))}</ins>" for part in one.added]
        shown = " ".join(parts)
    else:
        shown = f"<del>{before}</del> &rarr; <ins>{after}</ins>"
    return f"<tr><td>{_e(one.name)}</td><td>{shown}</td></tr>"


def _short(side: Side) -> str:
    return side.baseline.name if side.baseline else f"commit {side.seq}"


def _moment(time: str) -> str:
    """`2026-11-23 10:00:00 UTC`: fractions of a second say nothing to a reader; the commit's number tells the order."""
    return f"{time[:10]} {time[11:19]} UTC" if len(time) >= 19 else time


def _e(text: Any) -> str:
    return html.escape(str(text))
