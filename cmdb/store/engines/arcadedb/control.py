"""The engine's control port (HTTP, loopback): what Bolt cannot ask for. Creating databases, and ending queries whose caller has given up.

ArcadeDB goes on with a query after its client has hung up, and lets only so many run at once: abandoned ones would starve the rest.
"""

import base64
import json
import urllib.error
import urllib.request
from typing import Any

from cmdb.store.engines.arcadedb.errors import EngineCommandRefused


class Control:
    """Commands to one ArcadeDB server. Stateless; network errors leave as `OSError`, refusals as `EngineCommandRefused`."""

    def __init__(self, uri: str, user: str, password: str) -> None:
        self._uri = uri
        self._sign_in = base64.b64encode(f"{user}:{password}".encode()).decode()
        # An engine on the loopback is never behind a proxy, whatever the environment says.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def databases(self) -> list[str]:
        """The names of the server's databases."""
        return [str(name) for name in self._command("list databases")]

    def create_database(self, name: str) -> None:
        """Create the database `name` where it does not exist."""
        if name not in self.databases():
            self._command(f"create database {name}")

    def end_queries_of(self, client_port: int) -> int:
        """End the queries that came over the connection with this local port of ours; how many there were."""
        theirs = [query["id"] for query in self._command("list queries") if str(query.get("clientAddress", "")).endswith(f":{client_port}")]
        for query_id in theirs:
            self._command(f"terminate query {query_id}")
        return len(theirs)

    def _command(self, text: str) -> list[Any]:
        request = urllib.request.Request(  # noqa: S310  always http:// to our own engine
            f"{self._uri}/api/v1/server",
            data=json.dumps({"command": text}).encode(),
            headers={"Authorization": f"Basic {self._sign_in}", "Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=30) as answer:
                result = json.load(answer)["result"]
        except urllib.error.HTTPError as refusal:
            said = refusal.read().decode(errors="replace")[:500]
            raise EngineCommandRefused(f"the engine refused {text!r}: {said}") from refusal
        return result if isinstance(result, list) else [result]
