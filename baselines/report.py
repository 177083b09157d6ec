"""The printable report of a comparison: one HTML file that needs nothing else, with digests an auditor can check years later.

Rules. The file is streamed: totals and coverage first, then a row for each difference, what was altered
before what came and went. It names both sides with their chain hashes, the
scope, the profile and the filters, states the content digest (see `baselines.export`), and ends with the sha256 of every byte before the
mark that announces it. `check` recomputes that; asked with a ledger, it makes the comparison anew and holds the content digest against it.
Whoever alters a file can compute its digest again: so the installation signs it (Ed25519, the key of the checkpoints), and a report proves
something only to who trusts that key.
Everything that comes from the CMDB is escaped; the file's own policy forbids scripts and any outside address.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import orjson

from baselines.compare import Comparison
from baselines.coverage import Tally
from baselines.differences import AUTHORISATION_MEANS, KIND_ORDER, DifferenceKind
from baselines.export import Content
from baselines.report_rows import escaped, moment, sections, type_of
from baselines.sides import Side
from cmdb.kernel.errors import InvalidInput
from cmdb.ledger.signing import SigningKey, SigningKeyUnusable, signature_holds

TEMPLATES = Path(__file__).parent / "templates"
MARK = b"<!-- sha256 of everything above -->\n"
_COMPARED = re.compile(rb'<script type="application/json" id="compared">(.*?)</script>')
_CONTENT = re.compile(rb'<code id="content">([0-9a-f]{64})</code>')
_SIGNED = re.compile(rb'<code id="key">([A-Za-z0-9+/=]{44})</code>:<br><code id="signature">([A-Za-z0-9+/=]{88})</code>')


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
    totals = comparison.totals()
    yield from sections(content.differences(), totals)
    nothing = "" if totals.all.total else '<p class="note">Nothing differs between the two sides.</p>'
    yield Template((TEMPLATES / "foot.html").read_text()).substitute(content=content.digest, nothing=nothing).encode()


def _head(comparison: Comparison, content: Content, made_at: str, made_by: str) -> str:
    question, totals = comparison.question, comparison.totals()
    services, complete = comparison.services()
    kinds = [one for one in KIND_ORDER if totals.all.kinds[one.value]]
    notes = "".join(f'<p class="note">{escaped(note)}</p>\n' for note in comparison.notes)
    rows = (("All", totals.all), ("Items", totals.items), ("Relationships", totals.relations))
    return Template((TEMPLATES / "head.html").read_text()).substitute(
        title=f"Comparison of {escaped(_short(question.a))} with {escaped(_short(question.b))}",
        css=(TEMPLATES / "report.css").read_text(),
        compared=orjson.dumps(content.header).decode().replace("<", "\\u003c"),
        sub=f"Made on {escaped(moment(made_at))} by {escaped(made_by)} from the ledger of the configuration management database.",
        sides=_sides(question.a, question.b) + _asked(content.header),
        notes=notes,
        sentence=_sentence(totals.all),
        bar=_bar(totals.all),
        means=escaped(AUTHORISATION_MEANS),
        bar_label=escaped(_share(totals.all)),
        kind_heads="".join(f'<th class="n">{one.value.capitalize()}</th>' for one in kinds),
        totals="\n".join(_total(name, tally, kinds) for name, tally in rows),
        services="\n".join(_coverage(escaped(row.name) or "(supports no service)", row.tally) for row in services) or _empty(5),
        services_note="" if complete else '<p class="note">Not every item could be followed up to its services: there are too many.</p>',
        types="\n".join(_coverage(type_of(name), tally) for name, tally in totals.types()) or _empty(5),
    )


def _sides(a: Side, b: Side) -> str:
    rows = [
        ("Side", [f"<strong>{escaped(side.label)}</strong>" for side in (a, b)]),
        ("Purpose", [escaped(side.baseline.purpose) if side.baseline else "" for side in (a, b)]),
        ("Standing", [escaped(standing(side)) for side in (a, b)]),
        ("Commit and time", [f"{side.seq}{', ' + escaped(moment(side.time)) if side.time else ''}" for side in (a, b)]),
        ("Chain hash", [f"<code>{escaped(side.hash)}</code>" for side in (a, b)]),
        ("Seal (Merkle root)", [f"<code>{escaped(side.baseline.seal.digest)}</code>" if _sealed(side) else "" for side in (a, b)]),  # type: ignore[union-attr]
        ("Scope", [escaped(str(side.scope)) for side in (a, b)]),
    ]
    return "\n".join(f"<tr><th>{name}</th><td>{one}</td><td>{two}</td></tr>" for name, (one, two) in rows if one or two)


def _sealed(side: Side) -> bool:
    return side.baseline is not None and side.baseline.seal is not None


def standing(side: Side) -> str:
    """How far the side's baseline has come, and by whom: a text; empty where the side is no baseline."""
    one = side.baseline
    if one is None:
        return ""
    by = f"approved by {one.approved_by} on {moment(one.approved_at or '')}" if one.approved_by else "not approved"
    designation = f" as {one.designation}" if one.designation else ""
    return f"{one.state.value}{designation}; taken by {one.taken_by} on {moment(one.taken_at)}, {by}"


def _asked(header: dict[str, Any]) -> str:
    profile = header["profile"]
    said = [escaped(f"{profile['name']}: {profile['description']}" if profile["description"] else profile["name"])]
    lists = [name for name in ("include_types", "exclude_types", "include_attributes", "exclude_attributes") if profile[name]]
    said += [f"{name.replace('_', ' ')}: <code>{escaped(', '.join(profile[name]))}</code>" for name in lists]
    wanted = [f"{name}: {escaped(', '.join(header[name]))}" for name in ("types", "kinds") if header[name]]
    wanted += [f"service: {escaped(header['service'])}"] if header["service"] else []
    wanted += ["only what is unauthorised or partly under a change"] if header["onlyUnauthorised"] else []
    rows = f'\n<tr><th>Profile</th><td colspan="2">{"<br>".join(said)}</td></tr>'
    return rows + (f'\n<tr><th>Only</th><td colspan="2">{"; ".join(wanted)}</td></tr>' if wanted else "")


def _sentence(tally: Tally) -> str:
    if not tally.total:
        return "<p><strong>Nothing differs.</strong></p>"
    return f"<p><strong>{tally.total:,} differences</strong>. {escaped(_share(tally))}</p>"


def _share(tally: Tally) -> str:
    if tally.share is None:
        return "None of them was altered itself: no change applies."
    counted = tally.authorised + tally.partly + tally.none
    said = f"{tally.authorised:,} of {counted:,} ({100 * tally.share:.1f} %) are under a change"
    return f"{said}, {tally.partly:,} partly, {tally.none:,} are unauthorised."


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


def _short(side: Side) -> str:
    return side.baseline.name if side.baseline else f"commit {side.seq}"
