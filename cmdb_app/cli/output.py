"""What commands print: tables for people, JSON for programs, refusals on standard error."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cmdb.kernel.errors import CmdbError

EXIT_REFUSED, EXIT_USAGE, EXIT_BROKEN, EXIT_AWAY = 1, 2, 3, 4

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def complain(problem: "CmdbError") -> None:
    """One refusal for a person: what is wrong, and the code to look up."""
    print(f"cmdb: {problem.detail}", file=sys.stderr)
    print(f"      ({problem.code}; see docs/errors/{problem.code}.md)", file=sys.stderr)


def print_json(value: Any) -> None:
    """One JSON document."""
    import orjson

    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """A table as wide as the terminal allows; into a pipe, whole lines."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, title=title or None, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = Console(soft_wrap=False, width=None if sys.stdout.isatty() else 200)
    console.print(table)


def say(text: str) -> None:
    """A remark for a person; on standard error, so that it never mixes with an answer."""
    print(text, file=sys.stderr, flush=True)


class ProgressBar:
    """`tell(done, total, phase)` moves the bar."""

    def __init__(self, progress: Any, task: Any) -> None:
        self._progress = progress
        self._task = task

    def tell(self, done: int, total: int | None, phase: str) -> None:
        self._progress.update(self._task, completed=done, total=total, description=phase)


@contextmanager
def progress_bar(what: str) -> Iterator[ProgressBar]:
    """A bar on standard error, gone when done; nothing at all where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield ProgressBar(progress, progress.add_task(what, total=None))
