"""The server of the benchmark: the product's own app over an engine that is there already, in a process of its own.

`python -m benchmarks.impact.serve FD` takes a listening socket, and on standard input one line of JSON: `data_dir` and the engine's
address.
"""

import json
import sys
from pathlib import Path

from cmdb.store.address import BoltAddress
from cmdb.store.connect import open_address
from cmdb_app.http import serve_api
from cmdb_app.settings import Settings
from cmdb_app.wiring import open_services


def main() -> None:
    """Serve until terminated."""
    asked = json.loads(sys.stdin.readline())
    settings = Settings(data_dir=Path(asked["data_dir"]))
    services = open_services(settings, store=open_address(BoltAddress(**asked["address"])))
    try:
        serve_api(settings, services, int(sys.argv[1]))
    finally:
        services.close()


if __name__ == "__main__":
    main()
