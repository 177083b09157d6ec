"""The command line of the embedded engine: the wheel's own Java runtime and jars, loopback only, durable commits."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from cmdb.store.engines.arcadedb.errors import EngineNotInstalled

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Installation:
    """The wheel `arcadedb-embedded` as installed: its Java and its jars."""

    java: Path
    jars: Path

    @staticmethod
    def find() -> "Installation":
        """The installed wheel. Raises `EngineNotInstalled`; never imports it (the package would start a JVM of its own)."""
        spec = importlib.util.find_spec("arcadedb_embedded")
        home = Path(spec.origin).parent if spec and spec.origin else None
        if home is None or not (home / "jre/bin/java").is_file():
            raise EngineNotInstalled(
                "the package arcadedb-embedded is not installed (Linux and macOS have wheels); set CMDB_GRAPH_URI to a Neo4j instead"
            )
        return Installation(home / "jre/bin/java", home / "jars")


def command(installation: Installation, root: Path, password_file: Path, heap: str, bolt_port: int, http_port: int) -> list[str]:
    """The process's arguments. The password is named by its file, never given: arguments are readable by every user of the machine."""
    settings = {
        "polyglot.engine.WarnInterpreterOnly": "false",
        "java.awt.headless": "true",
        "arcadedb.server.rootPath": root,
        "arcadedb.server.rootPasswordPath": password_file,
        "arcadedb.server.httpIncomingHost": LOOPBACK,
        "arcadedb.server.httpIncomingPort": http_port,
        "arcadedb.server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "arcadedb.bolt.host": LOOPBACK,
        "arcadedb.bolt.port": bolt_port,
        "arcadedb.txWalFlush": 2,  # an acknowledged commit is on the disk (fsync), so kill -9 loses nothing
        "arcadedb.server.mode": "development",  # "production" hides what went wrong, which decides whether a write is tried again
        "arcadedb.command.timeout": 300_000,  # ms: backstop; callers give up earlier and end their query over the control port
        "arcadedb.queryMaxConcurrent": 32,  # the default on two cores is 4: four heavy reads would hold up every light one
        "arcadedb.opencypher.loadCsv.allowFileUrls": "false",  # no statement of ours reads files or the network
        "arcadedb.opencypher.loadCsv.allowRemoteUrls": "false",
    }
    flags = [f"-D{name}={value}" for name, value in settings.items()]
    return [str(installation.java), f"-Xmx{heap}", "-cp", f"{installation.jars}/*", *flags, "com.arcadedb.server.ArcadeDBServer"]
