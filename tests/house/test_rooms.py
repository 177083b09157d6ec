"""Habits that rot silently, held by a test: small files, short functions, no stray package, no registry's address, no machine's path."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE_LIMIT = 500
FUNCTION_LIMIT = 60


def tracked(*suffixes: str) -> list[Path]:
    """Files git knows (tracked or about to be) with one of the suffixes, vendored ones left out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    return [ROOT / name for name in listed if name and name.endswith(suffixes) and "vendor/" not in name and (ROOT / name).is_file()]


def test_files_stay_small() -> None:
    long = {
        str(path.relative_to(ROOT)): count for path in tracked(".py", ".js", ".css") if (count := path.read_text().count("\n")) > FILE_LIMIT
    }
    assert long == {}


def test_functions_stay_short() -> None:
    long = {}
    for path in tracked(".py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                length = (node.end_lineno or node.lineno) - body[0].lineno + 1  # the signature and the docstring are not the work
                if length > FUNCTION_LIMIT:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = length
    assert long == {}


def test_graphql_is_a_folder_and_never_a_package() -> None:
    """A package of that name would shadow graphql-core (design 3)."""
    import graphql

    assert not (ROOT / "graphql" / "__init__.py").exists()
    assert not (ROOT / "graphql.py").exists()
    assert not (ROOT / "tests" / "graphql").exists()
    assert "site-packages" in str(graphql.__file__)


def test_package_initialisers_only_export() -> None:
    """`__init__.py` holds a docstring, imports and `__all__`, nothing that runs."""
    for path in tracked("__init__.py"):
        for node in ast.parse(path.read_text()).body:
            allowed = isinstance(node, ast.Import | ast.ImportFrom | ast.Expr) or (
                isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
            )
            assert allowed, f"{path.relative_to(ROOT)}:{node.lineno} does more than export"


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(
            r"\b(pypi\.org|pythonhosted\.org|registry\.npmjs\.org|repo1?\.maven\.org|repo\.maven\.apache\.org|deb\.debian\.org)\b",
            id="registry",
        ),
        pytest.param(r"/work/(main|shared|\.library)", id="machine"),
    ],
)
def test_nothing_committed_names(pattern: str) -> None:
    """No address of a package registry and no path of one machine stands in the project."""
    named = [
        f"{path.relative_to(ROOT)}"
        for path in tracked(
            ".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".json", ".js", ".html", ".xml", ".cypher", "Makefile", "Dockerfile"
        )
        if path != Path(__file__) and re.search(pattern, path.read_text())
    ]
    assert named == []


def test_each_statement_file_has_a_user() -> None:
    """A statement is a file next to its only user: its name stands in a module of the same room."""
    for path in tracked(".cypher"):
        if path.parent.name != "queries" or path.name.count(".") > 1:
            continue
        room = path.parent.parent
        text = "\n".join(module.read_text() for module in room.rglob("*.py"))
        assert re.search(rf"[\"']{path.stem}[\"']", text), f"{path.relative_to(ROOT)} is used by no module of its room"
