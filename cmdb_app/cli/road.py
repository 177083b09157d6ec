"""Commands that send observations down the road: import, demo, and how a background job stands."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cmdb_app.cli.output import EXIT_BROKEN, EXIT_REFUSED, Json

if TYPE_CHECKING:
    from cmdb_app.wiring import Core

importing = typer.Typer(no_args_is_help=True, help="Send what a source sees down the road.")

_TOLD = 20
"""How many of each kind of trouble a person is told; `--json` tells all."""

DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would happen; write nothing.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(importing, name="import")
    app.command()(demo)
    app.command()(job)


@importing.command()
def kubernetes(
    paths: Annotated[list[Path], typer.Argument(help="Manifest files, or folders of them.", exists=True)],
    cluster: Annotated[str, typer.Option(help="Name of the cluster the manifests belong to.")] = "default",
    namespace: Annotated[str, typer.Option(help="Namespace for manifests that name none.")] = "default",
    complete: Annotated[
        bool, typer.Option("--complete", help="The files hold everything of the cluster: what is missing is gone.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Kubernetes manifests: workloads, services, ingresses, images and what they depend on."""
    from discovery.sources.kubernetes.collect import KubernetesSource
    from discovery.sources.kubernetes.model import KubernetesConfig

    config = KubernetesConfig(tuple(paths), cluster=cluster, namespace=namespace, complete=complete)
    _run(lambda core, tell: _run_source(core, KubernetesSource(), config, dry_run, tell), as_json)


@importing.command()
def host(
    packages: Annotated[bool, typer.Option("--packages", help="Also the installed Debian packages.")] = False,
    remote: Annotated[bool, typer.Option("--remote", help="Also the far ends of connections, as endpoints.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """This machine: hardware, system, listening processes and what they are connected to."""
    from discovery.sources.host.collect import HostSource
    from discovery.sources.host.model import HostConfig

    config = HostConfig(packages=packages, remote=remote)
    _run(lambda core, tell: _run_source(core, HostSource(), config, dry_run, tell), as_json)


@importing.command()
def debian(
    index: Annotated[
        Path | None, typer.Argument(help="What `apt-cache dumpavail` prints, or a Packages file; without it apt on this machine is asked.")
    ] = None,
    distribution: Annotated[str, typer.Option(help="Name of the archive; packages of two distributions are different items.")] = "debian",
    complete: Annotated[bool, typer.Option("--complete", help="The index holds everything on offer: what is missing is gone.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """A Debian archive: every package on offer and what it depends on."""
    from discovery.sources.debian import DebianConfig, DebianSource

    config = DebianConfig(index, distribution=distribution, complete=complete)
    _run(lambda core, tell: _run_source(core, DebianSource(), config, dry_run, tell), as_json)


@importing.command()
def netbox(
    dump: Annotated[Path, typer.Argument(help="What `manage.py dumpdata` prints.", exists=True, dir_okay=False)],
    instance: Annotated[str, typer.Option(help="Name of the NetBox: its objects' keys count within it.")] = "netbox",
    complete: Annotated[bool, typer.Option("--complete", help="The dump holds everything: what is missing is gone.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """A NetBox: sites, racks, devices, cables, power, addresses, virtual machines."""
    from discovery.sources.netbox import NetBoxConfig, NetBoxSource

    config = NetBoxConfig(dump, instance=instance, complete=complete)
    _run(lambda core, tell: _run_source(core, NetBoxSource(), config, dry_run, tell), as_json)


@importing.command()
def observations(
    files: Annotated[
        list[Path],
        typer.Argument(help="NDJSON (header line, then one observation a line) or JSON files; - reads NDJSON from standard input."),
    ],
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Batches of observations in the form POST /observations takes."""
    _run(lambda core, tell: [_submit_file(core, file, dry_run, tell) for file in files], as_json)


def demo(as_json: Json = False) -> None:
    """Load the demo estate, and what this machine runs. Doing it again changes only what is different."""
    from cmdb_app.cli.session import local_actor
    from cmdb_app.sources import load_everything

    _run(lambda core, tell: load_everything(core.door, local_actor(), tell), as_json, create=True)


def job(job_id: Annotated[str, typer.Argument(help="Id of the job.")], as_json: Json = False) -> None:
    """How a background job stands."""
    from cmdb_app.cli.output import print_json, print_table
    from cmdb_app.cli.session import open_for_command

    with open_for_command() as core:
        found = core.jobs.find(job_id).body()
    if as_json:
        print_json(found)
    else:
        print_table(["", ""], [[name, value] for name, value in found.items() if value is not None])


def _run(work: Any, as_json: bool, create: bool = False) -> None:
    from cmdb_app.cli.output import print_json, progress_bar
    from cmdb_app.cli.session import open_for_command

    with ExitStack() as stack:
        core = stack.enter_context(open_for_command(create))
        bar = stack.enter_context(progress_bar("collect"))
        reports = [_plain(report) for report in work(core, bar.tell)]
    if as_json:
        print_json(reports)
    else:
        for report in reports:
            _tell(report)
    if any(report["failed"] for report in reports):
        sys.exit(EXIT_BROKEN)
    if any(problem["lost"] for report in reports for problem in report["problems"]):
        sys.exit(EXIT_REFUSED)


def _run_source(core: "Core", source: Any, config: Any, dry_run: bool, tell: Any) -> list[Any]:
    from cmdb_app.cli.session import importer
    from discovery.run import run_source

    return [run_source(source, config, core.door, importer(source.name), tell, dry_run=dry_run)]


def _submit_file(core: "Core", file: Path, dry_run: bool, tell: Any) -> Any:
    from dataclasses import replace

    from cmdb_app.cli.session import importer
    from cmdb_app.ingest.answer import merge
    from cmdb_app.ingest.wire import parse_json, parse_ndjson

    data = sys.stdin.buffer.read() if str(file) == "-" else _read(file)
    parse = parse_json if file.suffix == ".json" else parse_ndjson
    wire = parse(data, core.settings.batch_limit)
    wire.check_atomic()
    batch = replace(wire.batch, dry_run=wire.batch.dry_run or dry_run)
    return merge(core.door.submit(batch, importer(batch.source), tell), wire.positions, wire.failed)


def _read(file: Path) -> bytes:
    from cmdb.kernel.errors import InvalidInput

    try:
        return file.read_bytes()
    except OSError as problem:
        raise InvalidInput(f"{file} cannot be read: {problem.strerror}") from problem


def _plain(report: Any) -> dict[str, Any]:
    """What is told of one report. `remarks`: items that landed without something that was sent with them, such as a relationship."""
    body: dict[str, Any] = report.body()
    body.setdefault("problems", [])
    outcomes = body.pop("outcomes", [])
    body.setdefault("failed", [one for one in outcomes if one["status"] == "failed"])
    body.setdefault("remarks", [one for one in outcomes if one["status"] not in {"failed", "held"} and one.get("problems")])
    return body


def _tell(report: dict[str, Any]) -> None:
    counts = ", ".join(f"{count} {status}" for status, count in report["counts"].items() if count) or "nothing seen"
    where = f" (commit {report['seq']})" if report["seq"] else ""
    print(f"{report['source']}: {counts}{where}")
    for name, outcomes in (("that failed", report["failed"]), ("with remarks", report["remarks"])):
        for outcome in outcomes[:_TOLD]:
            problems = outcome.get("problems", [])
            more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
            for place, problem in enumerate(problems[:3]):
                print(f"  {outcome['ref']}: {problem['message']} ({problem['code']}){more if place == 2 else ''}", file=sys.stderr)
        _tell_more(len(outcomes), name)
    for problem in report["problems"][:_TOLD]:
        print(f"  {problem['where']}: {problem['detail']} ({problem['code']})", file=sys.stderr)
    _tell_more(len(report["problems"]), "with problems")
    if report["held"]:
        print(f"  {len(report['held'])} wait for a decision: cmdb holds list")


def _tell_more(count: int, what: str) -> None:
    if count > _TOLD:
        print(f"  ... and {count - _TOLD:,} more {what}; --json tells all", file=sys.stderr)
