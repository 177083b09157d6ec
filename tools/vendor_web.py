"""Says again what `web/vendor` and `tests/browser/vendor` hold: writes their `manifest.json` from the files that lie there, or with
`--check` compares.

A package is vendored by copying the files named below out of its npm archive, unaltered, with its licence. Name, version and
licence stand here; the sha256 of every file is computed.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

VENDOR = Path(__file__).parents[1] / "web" / "vendor"
PACKAGES = {
    "graphiql": ("4.1.2", "MIT", "the last line of GraphiQL that comes as one script; its fonts are inside the style sheet"),
    "react": ("18.3.1", "MIT", "what GraphiQL stands on; the last line that comes as one script"),
    "react-dom": ("18.3.1", "MIT", "what GraphiQL stands on"),
    "htm": ("3.1.1", "Apache-2.0", "what the pages are written with; this file carries Preact 10 (MIT) and needs no build"),
    "force-graph": ("1.52.0", "MIT", "the canvas of the blast radius: pan, zoom and picking; it carries parts of d3 (ISC)"),
}
TEST_VENDOR = Path(__file__).parents[1] / "tests" / "browser" / "vendor"
TEST_PACKAGES = {"axe-core": ("4.14.1", "MPL-2.0", "checks accessibility in the browser tests; no part of the product")}


def manifest(folder: Path = VENDOR, chosen: Mapping[str, tuple[str, str, str]] = PACKAGES) -> str:
    """The manifest of what lies there."""
    packages = []
    for name, (version, licence, reason) in chosen.items():
        files = {
            path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
            for path in sorted((folder / name).iterdir())
        }
        packages.append({"name": name, "version": version, "licence": licence, "from": "npm", "reason": reason, "files": files})
    return json.dumps({"packages": packages}, indent=2) + "\n"


def main() -> int:
    """0 where the manifests are current."""
    wanted = {VENDOR / "manifest.json": manifest(), TEST_VENDOR / "manifest.json": manifest(TEST_VENDOR, TEST_PACKAGES)}
    if "--check" in sys.argv:
        stale = [place for place, text in wanted.items() if not place.exists() or place.read_text() != text]
        for place in stale:
            print(f"{place.relative_to(Path(__file__).parents[1])} is not what lies there")
        return 1 if stale else 0
    for place, text in wanted.items():
        place.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
