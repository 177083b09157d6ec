"""`cmdb`: everything an operator does, and the questions an engineer asks from a terminal.

Exit codes: 0 done; 1 refused or failed; 2 the command line is wrong; 3 something does not hold (a broken ledger, observations that failed);
4 a part that is needed is away.
"""

import sys

import typer

from cmdb_app.cli import (
    access,
    audit,
    baselines,
    compare,
    copies,
    deficiencies,
    evidence,
    impact,
    items,
    library,
    lists,
    parts,
    purge,
    road,
    sources,
    types,
)

app = typer.Typer(
    name="cmdb",
    help="A CMDB and dependency-graph service. `cmdb serve` starts it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
parts.register(app)
road.register(app)
items.register(app)
impact.register(app)
lists.register(app)
evidence.register(app)
copies.register(app)
sources.register(app)
app.add_typer(types.app, name="types")
app.add_typer(access.tokens, name="token")
app.add_typer(access.users, name="user")
app.add_typer(lists.holds, name="holds")
app.add_typer(purge.purges, name="purge")
app.add_typer(sources.source, name="source")
app.add_typer(baselines.baseline, name="baseline")
deficiencies.register(audit.audit)
app.add_typer(audit.audit, name="audit")
app.add_typer(library.library, name="library")
compare.register(app, baselines.baseline)


def main() -> None:
    """The console script. Refusals become one line on standard error and an exit code; a closed pipe is no error."""
    from cmdb.kernel.errors import CmdbError
    from cmdb_app.cli.output import EXIT_AWAY, EXIT_REFUSED, complain

    try:
        app()
    except CmdbError as problem:
        complain(problem)
        sys.exit(EXIT_AWAY if problem.status == 503 else EXIT_REFUSED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_REFUSED)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
