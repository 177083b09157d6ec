"""Documentation that can be tested is tested."""

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cmdb.kernel.errors import all_errors
from cmdb.model.problems import Code

ROOT = Path(__file__).parents[2]
ERRORS = ROOT / "docs" / "errors"
PACKAGES = ("cmdb", "change_gate", "discovery", "baselines", "cmdb_graphql", "cmdb_app")


def load_everything() -> None:
    """Import every module of ours, so that every error class is known."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def problem_codes() -> set[str]:
    """Codes of problems with one observation that no error class carries: written out where the problem is made."""
    modules = (path for folder in ("cmdb", "change_gate", "cmdb_app") for path in (ROOT / folder).rglob("*.py"))
    return {code for module in modules for code in re.findall(r"\bProblem\(\s*\"([a-z-]+)\"", module.read_text())}


def test_every_error_code_has_a_page_and_every_page_an_error() -> None:
    load_everything()
    codes = {error.code for error in all_errors()} | {code.value for code in Code} | problem_codes()
    pages = {page.stem for page in ERRORS.glob("*.md")} - {"README"}
    assert codes - pages == set(), "codes without a page in docs/errors"
    assert pages - codes == set(), "pages in docs/errors of codes that nothing raises"


def test_error_codes_are_not_shared() -> None:
    """A subclass that refines an error brings a code of its own."""
    load_everything()
    seen: dict[str, str] = {}
    for error in all_errors():
        if error.__module__.partition(".")[0] not in PACKAGES:  # faults that tests make up
            continue
        assert error.code not in seen, f"{error.__name__} and {seen[error.code]} share the code {error.code}"
        seen[error.code] = error.__name__


@pytest.mark.parametrize("tool", sorted(path.name for path in (ROOT / "tools").glob("gen_*.py")))
def test_generated_documents_are_current(tool: str) -> None:
    """`tools/gen_*.py --check` exits 1 where what it would write differs from what is committed."""
    result = subprocess.run([sys.executable, str(ROOT / "tools" / tool), "--check"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, f"run `make reference` and commit the result\n{result.stdout}\n{result.stderr}"


def test_links_inside_the_documentation_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if not target.startswith(("http:", "https:", "mailto:")):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}, which is not there"
