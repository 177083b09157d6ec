"""What is vendored for these tests."""

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).parent / "vendor"


def test_what_is_vendored_for_the_tests_is_unaltered() -> None:
    (package,) = json.loads((VENDOR / "manifest.json").read_text())["packages"]
    assert (package["name"], package["licence"]) == ("axe-core", "MPL-2.0")
    folder = VENDOR / package["name"]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    assert found == {name: entry["sha256"] for name, entry in package["files"].items()}
