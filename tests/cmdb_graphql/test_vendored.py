"""What browsers are given works offline and is what was vendored."""

import hashlib
import json
import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
MANIFEST = json.loads((WEB / "vendor" / "manifest.json").read_text())


def test_every_vendored_file_is_in_the_manifest_and_unaltered() -> None:
    said = {f"{one['name']}/{name}": entry["sha256"] for one in MANIFEST["packages"] for name, entry in one["files"].items()}
    found = {
        path.relative_to(WEB / "vendor").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (WEB / "vendor").rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == said


def test_each_package_has_name_version_and_licence_text() -> None:
    for one in MANIFEST["packages"]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", one["version"])
        assert one["licence"]
        assert (WEB / "vendor" / one["name"] / "LICENSE").read_text().strip()


def test_the_page_asks_no_other_address() -> None:
    for path in (WEB / "graphiql").iterdir():
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.[a-z]", path.read_text()), path.name


def test_what_the_page_loads_is_there() -> None:
    page = WEB / "graphiql" / "index.html"
    for target in re.findall(r'(?:src|href)="([^"]+)"', page.read_text()):
        if not target.startswith("data:"):
            assert (page.parent / target).resolve().is_file(), target


def test_vendored_styles_load_nothing() -> None:
    for path in (WEB / "vendor").rglob("*.css"):
        outside = [
            target for target in re.findall(r"url\(\s*['\"]?([^'\")]{1,40})", path.read_text()) if not target.startswith(("data:", "#"))
        ]
        assert outside == []
        assert "@import" not in path.read_text()
