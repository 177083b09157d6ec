"""How the score of an audit moves from run to run, as a whole, by type and by service (requirement 9.1-09)."""

from collections.abc import Sequence
from dataclasses import dataclass

from baselines.audit.model import Run, RunState, Score
from baselines.audit.repository import AuditBook

MOST = 200
"""Runs in one trend; the newest are taken."""


@dataclass(frozen=True, slots=True)
class Point:
    """A score at a run."""

    run: str
    number: int
    seq: int
    time: str
    score: Score


@dataclass(frozen=True, slots=True)
class Trend:
    """Scores over runs, oldest first. `change`: of the share, between the first and the last run that had one."""

    name: str
    points: tuple[Point, ...]

    @property
    def change(self) -> float | None:
        shares = [one.score.share for one in self.points if one.score.share is not None]
        return round(shares[-1] - shares[0], 6) if len(shares) > 1 else None


@dataclass(frozen=True, slots=True)
class Trends:
    """The trend of the whole, of each type, each service (by id, `names` has their names) and each check."""

    whole: Trend
    by_type: tuple[Trend, ...]
    by_service: tuple[Trend, ...]
    by_check: tuple[Trend, ...]
    names: dict[str, str]


def trends_of(book: AuditBook, id_or_name: str, runs: int = 24) -> Trends:
    """The trends over the newest `runs` runs that were carried out. Raises `AuditNotFound`."""
    audit = book.audit(id_or_name)
    found = [one for one in reversed(book.newest_runs(audit, min(runs, MOST))) if one.state is RunState.DONE]
    types = sorted({name for one in found for name in one.by_type})
    services = sorted({id_ for one in found for id_ in one.by_service})
    names = {id_: name for one in found for id_, name in one.service_names.items()}
    checks = [one.id for one in audit.criteria]
    return Trends(
        Trend("", tuple(_point(one, one.score) for one in found)),
        tuple(_line(name, found, [one.by_type.get(name) for one in found]) for name in types),
        tuple(_line(id_, found, [one.by_service.get(id_) for one in found]) for id_ in services),
        tuple(_line(name, found, [next((c.score for c in one.checks if c.check == name), None) for one in found]) for name in checks),
        names,
    )


def _line(name: str, runs: Sequence[Run], scores: Sequence[Score | None]) -> Trend:
    return Trend(name, tuple(_point(run, score) for run, score in zip(runs, scores, strict=True) if score is not None))


def _point(run: Run, score: Score) -> Point:
    return Point(run.id, run.number, run.seq, run.time, score)
