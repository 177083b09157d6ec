"""Writes the reference of settings, command line and errors: `docs/reference/settings.md`, `cli.md`, `errors.md`.

python -m tools.gen_app_reference          write them
python -m tools.gen_app_reference --check  exit 1 where one is not current
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "graphql")]

from cmdb.kernel.errors import all_errors  # noqa: E402 - the path comes first, so that the tool runs as a file
from cmdb_app.settings import Settings  # noqa: E402

_PACKAGES = ("cmdb", "change_gate", "discovery", "baselines", "cmdb_graphql", "cmdb_app")
_MADE = "by `python -m tools.gen_app_reference`; do not edit."


def generated() -> dict[Path, str]:
    """Each generated file with the text it must have."""
    folder = ROOT / "docs" / "reference"
    pages = {"settings.md": _settings(), "cli.md": _cli(), "errors.md": _errors()}
    return {folder / name: "\n".join(lines) + "\n" for name, lines in pages.items()}


def _settings() -> Iterator[str]:
    yield from ("# Settings", "", f"Generated from `cmdb_app/settings.py` {_MADE}", "")
    yield "Environment variables, or lines of a file `.env` in the working directory. An empty variable counts as unset."
    yield from ("", "| variable | kind | default | what it does |", "|---|---|---|---|")
    for name, field in Settings.model_fields.items():
        default = "the platform's place for data" if name == "data_dir" else _default(field.get_default(call_default_factory=True))
        yield f"| `CMDB_{name.upper()}` | {_kind(field.annotation)} | {default} | {_cell(field.description or '')} |"


def _default(value: Any) -> str:
    shown = getattr(value, "get_secret_value", lambda: value)()
    if shown in ("", None, {}):
        return "none"
    return f"`{getattr(shown, 'value', shown)}`"


def _kind(annotation: Any) -> str:
    text = getattr(annotation, "__name__", str(annotation))
    names = {"str": "text", "int": "number", "float": "number", "bool": "true or false", "SecretStr": "secret text", "Path": "path"}
    if text in names:
        return names[text]
    if "Path" in str(annotation):
        return "path"
    return "JSON" if "dict" in str(annotation) else " or ".join(f"`{one.value}`" for one in annotation)


def _cli() -> Iterator[str]:
    import typer.main

    from cmdb_app.cli import main

    yield from ("# Command line", "", f"Generated from `cmdb_app/cli` {_MADE}", "")
    yield from ((main.__doc__ or "").strip().split("\n\n", 1)[-1].replace("\n", " "), "")
    from cmdb_app.cli import session

    yield from ((session.__doc__ or "").strip(), "")
    yield from _commands(typer.main.get_command(main.app), "cmdb")


def _commands(command: Any, path: str) -> Iterator[str]:
    for name, child in command.commands.items():
        if getattr(child, "commands", None):
            yield from (f"## {path} {name}", "", (child.help or "").strip(), "")
            yield from _commands(child, f"{path} {name}")
        else:
            yield from _command(child, f"{path} {name}")


def _command(command: Any, path: str) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    usage = " ".join([path, *(_usage(one) for one in arguments)])
    yield from (f"### `{usage}`", "", (command.help or "").strip().replace("\n", " "), "")
    rows = [(one.name.upper(), one) for one in arguments] + [(", ".join([*one.opts, *one.secondary_opts]), one) for one in options]
    if rows:
        yield from ("| | default | |", "|---|---|---|")
        for shown, one in rows:
            default = "" if one.default in (None, False, "", ()) or callable(one.default) or one.required else f"`{one.default}`"
            yield f"| `{shown}` | {default} | {_cell(one.help or '')} |"
        yield ""


def _usage(argument: Any) -> str:
    text = argument.name.upper() + ("..." if argument.nargs == -1 else "")
    return text if argument.required else f"[{text}]"


def _errors() -> Iterator[str]:
    for package in _PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    yield from ("# Errors", "", f"Generated from the error classes {_MADE}", "")
    yield "REST answers with a problem document (RFC 9457) that carries the code, GraphQL with `extensions.code`, the command line in words"
    yield from ("with the code behind them.", "", "| code | HTTP | meaning |", "|---|---|---|")
    for error in all_errors():
        if error.__module__.split(".")[0] in _PACKAGES:
            yield f"| [`{error.code}`](../errors/{error.code}.md) | {error.status} | {_cell(error.title)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> int:
    """Write, or with `--check` compare."""
    stale = [path for path, text in generated().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not current", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generated()[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
