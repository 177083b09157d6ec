"""How comparisons and ways back look on a terminal, as JSON and as files."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from baselines.compare import Comparison
    from baselines.coverage import Tally
    from baselines.differences import Difference
    from baselines.reverse import WayBack
    from change_gate.decide import Decision
    from cmdb.ledger.signing import SigningKey

_VALUE = 60  # characters of a value in a table


def print_comparison(found: "Comparison", first: int, after: str | None, *, as_json: bool) -> None:
    """Totals, coverage and a page of differences."""
    from baselines.compare import KEPT_DIFFERENCES

    page = found.page(first, after)
    if as_json:
        from baselines.export import difference_body
        from cmdb_app.cli.output import print_json

        rows, complete = found.services()
        services = [{"id": row.id, "name": row.name, **row.tally.body()} for row in rows]
        print_json(
            {
                "from": found.question.a.body(),
                "to": found.question.b.body(),
                "profile": found.question.profile.name,
                "notes": list(found.notes),
                "totals": found.totals().body(),
                "services": {"complete": complete, "services": services},
                "differences": [{**difference_body(one), "cursor": one.cursor} for one in page.differences],
                "next": page.differences[-1].cursor if page.more else None,
            }
        )
        return
    _print_totals(found)
    if after is None and found.totals().all.total <= KEPT_DIFFERENCES:
        _print_altered_first(found, first)
        return
    _print_differences(page.differences)
    if page.more:
        print(f"The first {len(page.differences)}; go on with --after {page.differences[-1].cursor}", file=sys.stderr)


def _print_altered_first(found: "Comparison", first: int) -> None:
    """What was altered before what came and went, as far as `first` goes. Only where all differences are in memory anyway."""
    from baselines.differences import KIND_ORDER

    every = sorted(found.stream(), key=lambda one: (KIND_ORDER.index(one.kind), one.subject, one.type, one.name))
    _print_differences(every[:first])
    if len(every) > first:
        print(f"The first {first} of {len(every):,}; --first shows more, --kind and --type narrow it down", file=sys.stderr)


def write_file(found: "Comparison", format: str, output: Path | None, actor: str, key: "Callable[[], SigningKey]") -> None:
    """One of the export formats, streamed. `key` signs reports."""
    from baselines.export import csv_lines, installation_of, ndjson
    from baselines.export_excel import write_excel
    from baselines.report import report
    from cmdb.kernel.clock import system_clock, to_text
    from cmdb_app.cli.output import say

    if format == "xlsx" and output is not None:
        digest = write_excel(found, output, installation_of(key), to_text(system_clock()), actor)
        say(f"{output}: content digest {digest}")
        return
    pieces: Any
    if format == "csv":
        pieces = (line.encode() for line in csv_lines(found, lambda digest: say(f"content digest {digest}")))
    elif format == "html":
        pieces = report(found, to_text(system_clock()), actor, key())
    else:
        pieces = ndjson(found, installation_of(key), lambda digest: say(f"content digest {digest}"))
    if output is None:
        _copy(pieces, sys.stdout.buffer)
        return
    with output.open("wb") as sink:
        _copy(pieces, sink)
    say(f"{output} is written" + ("; check it with: cmdb baseline check-report " + str(output) if format == "html" else ""))


def print_gate(label: str, way: "WayBack", decision: "Decision") -> None:
    """What a way back amounts to, and what the gate would say."""
    from cmdb_app.cli.output import print_table

    plan, cleared = way.plan, decision.cleared.plan
    print(f"Back to {label}: {len(plan.items)} edits of items, {len(plan.relations)} of relationships. Nothing was written.")
    print(f"The gate would clear {len(cleared.items)} and {len(cleared.relations)}, hold {len(decision.held)} parts, "
          f"refuse {len(decision.refused.problems)}.")  # fmt: skip
    reasons = [("held", one.subject_id, one.reason) for held in decision.held for one in held.reasons]
    reasons += [("refused", subject, problem.message) for subject, problem in decision.refused.problems.items()]
    reasons += [("left out", "", text) for text in way.left_out]
    if reasons:
        print_table(["", "item or relationship", "why"], reasons[:200])
    if len(reasons) > 200:
        print(f"... and {len(reasons) - 200} more; --json tells all", file=sys.stderr)


def _copy(pieces: Any, sink: BinaryIO) -> None:
    for piece in pieces:
        sink.write(piece)
    sink.flush()


def _print_totals(found: "Comparison") -> None:
    from baselines.differences import AUTHORISATION_MEANS
    from cmdb_app.cli.output import print_table

    question, totals = found.question, found.totals()
    print(f"{question.a.label} -> {question.b.label}, scope {question.a.scope}, profile {question.profile.name}")
    for note in found.notes:
        print(f"Note: {note}")
    if not totals.all.total:
        print("Nothing differs.")
        return
    rows = [("all", totals.all), ("items", totals.items), ("relationships", totals.relations)]
    services, complete = found.services()
    rows += [(f"service {row.name}" if row.id else "no service", row.tally) for row in services]
    print_table(
        ["", "differences", "under a change", "partly", "unauthorised", "coverage", "how"], [_tally(name, tally) for name, tally in rows]
    )
    if not complete:
        print("Not every item could be followed up to its services: there are too many.")
    print(AUTHORISATION_MEANS)


def _tally(name: str, tally: "Tally") -> tuple[Any, ...]:
    share = "" if tally.share is None else f"{100 * tally.share:.0f} %"
    kinds = ", ".join(f"{count} {kind}" for kind, count in tally.body()["kinds"].items())
    return (name, tally.total, tally.authorised, tally.partly, tally.none, share, kinds)


def _print_differences(differences: "Sequence[Difference]") -> None:
    from cmdb_app.cli.output import print_table

    rows = []
    for one in differences:
        commits = ", ".join(f"{commit.seq} {commit.actor}" for commit in one.commits[-3:])
        fields = "\n".join(_field(change) for change in one.attributes()) if one.before is not None and one.after is not None else ""
        rows.append((one.kind.value, one.type, _name(one), fields, commits, _change(one)))
    if rows:
        print()
        print_table(["difference", "type", "name", "before -> after", "commits", "change"], rows)


def _name(one: "Difference") -> str:
    """What it is called, with what tells it apart from others of its name."""
    if one.source is None or one.target is None:
        return f"{one.name} ({one.identity})" if one.identity else one.name
    source, target = (f"{end.name or end.id} ({end.identity})" if end.identity else end.name or end.id for end in (one.source, one.target))
    return f"{source} {one.type} {target}"


def _change(one: "Difference") -> str:
    from baselines.differences import AUTHORISATION_WORDS, Authorisation

    said = [f"under {change}" for change in one.changes]
    return "\n".join(said if one.authorisation is Authorisation.AUTHORISED else [*said, AUTHORISATION_WORDS[one.authorisation]])


def _field(change: Any) -> str:
    from baselines.export import text_of

    if change.added or change.removed:
        parts = [f"-{text_of(one)}" for one in change.removed] + [f"+{text_of(one)}" for one in change.added]
        return f"{change.name}: {' '.join(parts)}"
    before, after = (_short(text_of(value)) or "(nothing)" for value in (change.before, change.after))
    return f"{change.name}: {before} -> {after}"


def _short(text: str) -> str:
    return text if len(text) <= _VALUE else f"{text[: _VALUE - 3]}..."
