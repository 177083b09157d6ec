"""Strings a source and the door together: collect, submit, report. The only place in this room that hands anything to the door."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from change_gate.results import BatchResult
from cmdb.model.actor import Actor
from cmdb.model.observation import Batch
from cmdb.model.outcome import Outcome
from discovery.source import Source, SourceProblem

ConfigT = TypeVar("ConfigT")

Progress = Callable[[int, int | None, str], None]
"""Called as `progress(done, total, phase)`; `total` None where it is not known. Phases: those of the source, then those of the door."""


class Submits(Protocol):
    """The part of the door a run needs."""

    def submit(self, batch: Batch, actor: Actor, progress: Callable[[int, int, str], None] | None = None) -> BatchResult:
        """Take a batch through the road."""
        ...


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one run did: a result for each batch, and what the source could not use."""

    source: str
    results: tuple[BatchResult, ...]
    problems: tuple[SourceProblem, ...] = ()

    @property
    def seq(self) -> int | None:
        """Sequence number of the last commit made, None where nothing had to be written."""
        return max((result.seq for result in self.results if result.seq is not None), default=None)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many items ended in each status, over all batches."""
        total: Counter[str] = Counter()
        for result in self.results:
            total.update(result.counts)
        return dict(total)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The observations of which nothing landed."""
        return tuple(outcome for result in self.results for outcome in result.failed)

    def body(self) -> dict[str, Any]:
        """Plain JSON for REST and the command line."""
        return {
            "source": self.source,
            "seq": self.seq,
            "counts": dict(self.counts),
            "held": [hold for result in self.results for hold in result.held],
            "failed": [outcome.body() for outcome in self.failed],
            "problems": [{"code": one.code, "where": one.where, "detail": one.detail, "lost": one.lost} for one in self.problems],
        }


class _Listener:
    """Hands a source's steps to the caller and keeps its problems."""

    def __init__(self, progress: Progress | None) -> None:
        self.problems: list[SourceProblem] = []
        self._progress = progress

    def step(self, done: int, total: int | None, what: str) -> None:
        if self._progress is not None:
            self._progress(done, total, what)

    def problem(self, problem: SourceProblem) -> None:
        self.problems.append(problem)


def run_source(
    source: Source[ConfigT],
    config: ConfigT,
    door: Submits,
    actor: Actor,
    progress: Progress | None = None,
    *,
    dry_run: bool = False,
) -> RunReport:
    """Collect and submit every batch of a source, one after the other, as `actor`.

    What the source cannot use and what the door refuses of single items is in the report. Raises what the source raises when it cannot be
    read at all, and what the door raises for a whole request.
    """
    listener = _Listener(progress)
    batches = (replace(batch, dry_run=batch.dry_run or dry_run) for batch in source.collect(config, listener))
    results = tuple(door.submit(batch, actor, progress) for batch in batches)
    return RunReport(source.name, results, tuple(listener.problems))
