"""The data directory: who serves from it, and where the parts find one another.

graph/       the embedded graph engine (its own address.json while it runs)
broker/      the embedded broker (broker.json while it runs)
log/         what each part prints
serve.json   process id and address of the running `cmdb serve`, readable by the owner only
serve.lock   held by the running `cmdb serve`
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from cmdb.store.address import BoltAddress, read_address, write_private
from cmdb_app.supervise.errors import AlreadyServing


@dataclass(frozen=True, slots=True)
class Serving:
    """A running `cmdb serve`."""

    pid: int
    url: str


class Home:
    """Paths and small files of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir.expanduser().resolve()
        self.graph = self.path / "graph"
        self.broker = self.path / "broker"
        self.log = self.path / "log"
        self._serve_file = self.path / "serve.json"

    def prepare(self) -> None:
        """Makes the directory and closes it to others."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        self.log.mkdir(exist_ok=True)

    def graph_address(self) -> BoltAddress | None:
        """Where the embedded graph engine answers, None while it does not run."""
        return read_address(self.graph / "address.json")

    def broker_url(self) -> str | None:
        """Where the embedded broker answers, None while it does not run."""
        found = _read(self.broker / "broker.json")
        return str(found["url"]) if found else None

    def serving(self) -> Serving | None:
        """The running `cmdb serve`, None where none runs (what a killed one left behind does not count)."""
        found = _read(self._serve_file)
        if not found or not self._locked():
            return None
        return Serving(int(str(found["pid"])), str(found["url"]))

    def publish(self, serving: Serving) -> None:
        write_private(self._serve_file, json.dumps(asdict(serving)))

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keeps a second `cmdb serve` off this directory. The lock ends with the process, however it ends. Raises `AlreadyServing`."""
        self.prepare()
        with open(self.path / "serve.lock", "a+", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise self._refusal() from None
            try:
                yield
            finally:
                self._serve_file.unlink(missing_ok=True)

    def _refusal(self) -> AlreadyServing:
        found = _read(self._serve_file) or {}
        where = f" at {found['url']} (process {found['pid']})" if found else ""
        return AlreadyServing(
            f"`cmdb serve` already runs on {self.path}{where}. "
            "Open that address, stop it with Ctrl-C, or set CMDB_DATA_DIR to another directory.",
            **found,
        )

    def _locked(self) -> bool:
        try:
            with open(self.path / "serve.lock", encoding="utf-8") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False


def _read(path: Path) -> dict[str, object] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def private_log(path: str, flags: int) -> int:
    """An opener for log files that only the owner may read."""
    return os.open(path, flags, 0o600)
