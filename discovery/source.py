"""What a source is: something that looks at a part of the world and yields `Batch`es of observations (design 2, stage "collect").

The rule for every room in `discovery/sources/<name>`: what is read from outside (bytes, facts) is turned into observations by pure
functions (`parse.py`), and a thin fetcher (`collect.py`) does the reading. A source never writes and never stops for one bad input: it
tells the listener of a `SourceProblem` and goes on. A batch is marked complete only when nothing of its scope may have been missed,
because what is missing from a complete scope is retired: a fault in reading must never look like a thing that has gone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from cmdb.kernel.errors import InvalidInput
from cmdb.model.observation import Batch

ConfigT_contra = TypeVar("ConfigT_contra", contravariant=True)


class SourceUnreadable(InvalidInput):
    """What the source was pointed at does not exist or cannot be read at all."""

    code = "source-unreadable"
    title = "The source cannot be read"


class SourceMisconfigured(InvalidInput):
    """A setting of the source is missing or makes no sense."""

    code = "source-misconfigured"
    title = "The source's settings are not valid"


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """One thing a source could not use, and the rest of its input went on.

    `where` is for a person (`shop.yaml, document 3`); `code` is stable; `lost` says that an item may be missing because of it, so that the
    batch must not count as complete.
    """

    code: str
    where: str
    detail: str
    lost: bool = True


class Listener(Protocol):
    """Who is told how a collection goes."""

    def step(self, done: int, total: int | None, what: str) -> None:
        """`done` of `total` (None: not known) steps; `what` names the present one."""

    def problem(self, problem: SourceProblem) -> None:
        """Something could not be used."""


@dataclass
class Recorder:
    """A listener that keeps the problems; for tests and for callers who look afterwards."""

    problems: list[SourceProblem] = field(default_factory=list)

    def step(self, done: int, total: int | None, what: str) -> None:
        """Progress is not kept."""

    def problem(self, problem: SourceProblem) -> None:
        """Keep it."""
        self.problems.append(problem)


class Source(Protocol[ConfigT_contra]):
    """One kind of source. `name` is what the ledger records and what an agent's token is bound to."""

    @property
    def name(self) -> str:
        """The source's name: lower snake case."""
        ...

    def collect(self, config: ConfigT_contra, listener: Listener) -> Iterator[Batch]:
        """Look, and yield what was seen. Raises `SourceUnreadable` or `SourceMisconfigured` when nothing can be looked at."""
        ...
