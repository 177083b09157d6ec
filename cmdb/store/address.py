"""Where an engine answers: address and sign-in, in an owner-only file, so that worker and command line find the engine of `serve`."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BoltAddress:
    """A Bolt endpoint with its sign-in. The password never shows in `repr`, so that it cannot leak into a log.

    `control_uri` is the HTTP address of an ArcadeDB, over which abandoned queries are ended; None for Neo4j, which ends them itself.
    """

    uri: str
    user: str
    password: str = field(repr=False)
    database: str
    control_uri: str | None = None


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` in one step (temporary file, rename), readable by the owner only (0600)."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)  # left by a process that died while writing
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def write_address(path: Path, address: BoltAddress) -> None:
    """Publish `address` as an owner-only JSON file."""
    write_private(path, json.dumps(asdict(address)))


def read_address(path: Path) -> BoltAddress | None:
    """The address published at `path`, None where there is none (the engine is not running or was stopped)."""
    try:
        return BoltAddress(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
