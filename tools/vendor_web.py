"""Says again what `web/vendor` holds: writes `web/vendor/manifest.json` from the files that lie there, or with `--check` compares.

A package is vendored by copying the files named below out of its npm archive, unaltered, with its licence. Name, version and
licence stand here; the sha256 of every file is computed.
"""

import hashlib
import json
import sys
from pathlib import Path

VENDOR = Path(__file__).parents[1] / "web" / "vendor"
PACKAGES = {
    "graphiql": ("4.1.2", "MIT", "the last line of GraphiQL that comes as one script; its fonts are inside the style sheet"),
    "react": ("18.3.1", "MIT", "what GraphiQL stands on; the last line that comes as one script"),
    "react-dom": ("18.3.1", "MIT", "what GraphiQL stands on"),
}


def manifest() -> str:
    """The manifest of what lies there."""
    packages = []
    for name, (version, licence, reason) in PACKAGES.items():
        files = {
            path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
            for path in sorted((VENDOR / name).iterdir())
        }
        packages.append({"name": name, "version": version, "licence": licence, "from": "npm", "reason": reason, "files": files})
    return json.dumps({"packages": packages}, indent=2) + "\n"


def main() -> int:
    """0 where the manifest is current."""
    place = VENDOR / "manifest.json"
    if "--check" in sys.argv:
        return 0 if place.read_text() == manifest() else 1
    place.write_text(manifest())
    return 0


if __name__ == "__main__":
    sys.exit(main())
