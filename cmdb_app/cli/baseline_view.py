"""How baselines, their checks and schedules look on a terminal, and as JSON."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from baselines.model import Baseline
    from baselines.schedule import Schedule
    from baselines.seal import BaselineVerification
    from baselines.take import Step
    from cmdb_app.wiring import Core


def baseline_body(one: "Baseline") -> dict[str, Any]:
    """A baseline as JSON: what its record says, its revision, and whether it is sealed."""
    return {**one.body(), "revision": one.revision, "sealed": one.sealed}


def print_step(step: "Step", as_json: bool) -> None:
    """What a step led to."""
    from cmdb_app.cli.output import print_json

    one = step.baseline
    if as_json:
        print_json({**baseline_body(one), "commit": step.receipt.seq, "replayed": step.receipt.replayed})
        return
    sealed = f", digest {one.seal.digest[:16]}..." if one.seal else ""
    written = " (nothing new was written)" if step.receipt.replayed else f"; written by commit {step.receipt.seq}"
    print(f"{one.name}: {one.state.value}, designates commit {one.seq} of {one.time}{sealed}{written}")


def print_baselines(core: "Core", found: Sequence["Baseline"], total: int, as_json: bool) -> None:
    """A page of them; scopes by the names of the moment each designates."""
    from baselines.words import ScopeWords
    from cmdb_app.cli.output import print_json, print_table, say

    if as_json:
        print_json({"baselines": [baseline_body(one) for one in found], "total": total})
        return
    words = ScopeWords(core.history)
    rows = [
        (one.name, one.state.value, str(words.named(one.scope, one.seq)), one.seq, _minute(one.time), _minute(one.taken_at), one.taken_by,
         "yes" if one.sealed else "", one.designation)
        for one in found
    ]  # fmt: skip
    print_table(["name", "state", "scope", "commit", "of", "taken", "by", "sealed", "designation"], rows)
    say(f"{len(found)} of {total}")


def print_baseline(core: "Core", one: "Baseline", as_json: bool) -> None:
    """One, with the steps of its life."""
    from cmdb_app.cli.output import print_json, print_table

    steps = core.baselines.baselines.history(one.id)
    commits = core.log.commits([version.seq for _, version in steps])
    if as_json:
        life = [
            {"seq": version.seq, "revision": step.revision, "state": step.state.value, "sealed": step.sealed, "hash": version.hash}
            | {name: getattr(commits[version.seq], name) for name in ("time", "actor", "reason")}
            for step, version in steps
        ]
        print_json({**baseline_body(one), "history": life})
        return
    print_table(["", ""], _facts(core, one))
    rows = [
        (version.seq, _minute(commits[version.seq].time), commits[version.seq].actor, commits[version.seq].reason) for _, version in steps
    ]
    print_table(["commit", "time", "who", "what"], rows, title="life")


def _facts(core: "Core", one: "Baseline") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [("name", one.name), ("id", one.id), ("designation", one.designation), ("purpose", one.purpose)]
    found += [("state", one.state.value), ("scope", _scope(core, one)), ("commit", one.seq), ("of", one.time), ("chain hash", one.hash)]
    found += [("taken", f"{one.taken_at} by {one.taken_by}")]
    if one.approved_by:
        found.append(("approved", f"{one.approved_at} by {one.approved_by}"))
    if one.superseded_by:
        other = core.baselines.book.named(one.superseded_by)
        found.append(("superseded", f"{one.superseded_at} by {other.name if other else one.superseded_by}"))
    if one.withdrawn_by:
        found.append(("withdrawn", f"{one.withdrawn_at} by {one.withdrawn_by}: {one.withdrawn_reason}"))
    if one.seal is None:
        return [*found, ("sealed", "not yet")]
    return [
        *found,
        ("sealed", f"{one.seal.sealed_at}: {one.seal.items:,} items, {one.seal.relations:,} relationships"),
        ("digest", one.seal.digest),
    ]


def _scope(core: "Core", one: "Baseline") -> str:
    """With names and ids; a query as `--scope` takes it."""
    from baselines.model import ScopeKind
    from cmdb.kernel.canonical import canonical_json

    named = [id_ for id_ in (one.scope.service, one.scope.release, *one.scope.items[:5]) if id_]
    if not named:
        return f"query:{canonical_json(one.scope.query).decode()}" if one.scope.kind is ScopeKind.QUERY else str(one.scope)
    then = core.history.items_by_id(named, one.seq)
    shown = ", ".join(f"{then[id_].state.name} ({id_})" if id_ in then else id_ for id_ in named)
    more = f" and {len(one.scope.items) - 5} more" if len(one.scope.items) > 5 else ""
    return f"{one.scope.kind.value} {shown}{more}"


def print_verification(found: "BaselineVerification", as_json: bool) -> None:
    """What verification found."""
    from cmdb_app.cli.output import print_json

    if as_json:
        faults = [{name: getattr(one, name) for name in ("kind", "id", "seq", "what")} for one in found.faults]
        numbers = {name: getattr(found, name) for name in ("chain", "digest", "commits", "versions", "items", "relations")}
        print_json({"holds": found.holds, "baseline": found.baseline.name, "sealed": found.baseline.sealed, "faults": faults, **numbers})
        return
    one = found.baseline
    for fault in found.faults:
        where = f" at commit {fault.seq}" if fault.seq is not None and fault.kind != "commit" else ""
        print(f"{fault.kind} {fault.id}{where}: {fault.what}")
    print(f"{one.name} {'holds' if found.holds else 'DOES NOT HOLD'}: {found.commits:,} commits and {found.versions:,} versions looked at")
    print(f"chain hash of commit {one.seq}: {found.chain}")
    if found.digest:
        print(f"digest over {found.items:,} items and {found.relations:,} relationships: {found.digest}")
    else:
        print("not sealed yet: there is no digest to compare")


def print_schedules(found: Sequence["Schedule"], as_json: bool) -> None:
    """Schedules, with when they run next."""
    from cmdb_app.cli.output import print_json, print_table

    if as_json:
        print_json([schedule_body(one) for one in found])
        return
    rows = [
        (one.name, one.runner, one.cron, str(schedule_body(one)["next_due"] or "paused"), one.runs, one.missed or "",
         f"{'FAILED: ' if one.failed else ''}{one.last_result or ''}")
        for one in found
    ]  # fmt: skip
    print_table(["name", "runs what", "at (UTC)", "next", "runs", "missed", "last result"], rows)


def schedule_body(one: "Schedule") -> dict[str, Any]:
    """A schedule as JSON, with the next due time (null while it is paused)."""
    from cmdb.kernel.clock import to_text

    return {**one.body(), "next_due": to_text(one.next_due())[:16] + "Z" if one.enabled else None}


def _minute(time: str) -> str:
    return time[:16].replace("T", " ")
