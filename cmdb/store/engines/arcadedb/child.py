"""The embedded engine as a child process of ours (design 4).

In its data directory (0700): `databases/`, `config/`, `log/`, and owner-only `password`, `address.json` (while it runs), `lock` (held by
the process that started it) and `engine.pid` (whom to clear away if that process died without a chance to stop it).
"""

import contextlib
import fcntl
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import psutil

from cmdb.store.address import BoltAddress, read_address, write_address, write_private
from cmdb.store.engines.arcadedb.command import LOOPBACK, Installation, command
from cmdb.store.engines.arcadedb.control import Control
from cmdb.store.engines.arcadedb.errors import EngineInUse, EngineStartFailed
from cmdb.store.engines.guard import Guard

ADDRESS_FILE = "address.json"
USER = "root"
START_ATTEMPTS = 5
PORT_TAKEN = "Unable to listen"  # what the engine logs for either port
LOG_LIMIT = 20_000_000  # bytes; an older log is kept once


class ArcadeChild:
    """One ArcadeDB process on one data directory. Not thread-safe: one owner starts and stops it.

    `start()` raises `EngineInUse` where another process has the directory, `EngineStartFailed` with the end of the log otherwise.
    """

    def __init__(
        self,
        data_dir: Path,
        heap: str = "1g",
        database: str = "cmdb",
        start_timeout: float = 120.0,
        stop_timeout: float = 20.0,
        choose_port: Callable[[int], int] | None = None,
    ) -> None:
        """`choose_port(wanted)` finds a free loopback port; tests give their own. Times are in seconds."""
        self._dir = data_dir.resolve()
        self._heap = heap
        self._database = database
        self._start_timeout = start_timeout
        self._stop_timeout = stop_timeout
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None
        self._http_port = 0
        self._log_offset = 0
        self._choose_port = choose_port or free_port

    @property
    def pid(self) -> int | None:
        """The engine's process id, None while it does not run."""
        return self._process.pid if self._process else None

    @property
    def address_file(self) -> Path:
        """Where the address is published while the engine runs; read it with `cmdb.store.address.read_address`."""
        return self._dir / ADDRESS_FILE

    @property
    def log_file(self) -> Path:
        """What the engine prints."""
        return self._dir / "log" / "engine.log"

    def alive(self) -> bool:
        """Whether the process runs (it may still be starting)."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> BoltAddress:
        """Start the engine, wait until it answers over Bolt, create the database. Starting it again after a crash is fine."""
        if self.alive():
            raise EngineInUse(f"this process already runs an engine on {self._dir}")
        self._clear_dead()
        self._prepare_directory()
        self._take_lock()
        try:
            self._clear_orphan()
            return self._start_on_free_port()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the engine: SIGTERM, and SIGKILL when it does not end in time. Does nothing where nothing runs."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(self._stop_timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._guard is not None:
            self._guard.release()
            self._guard = None
        if self._lock is not None:
            self.address_file.unlink(missing_ok=True)
            (self._dir / "engine.pid").unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def create_database(self, name: str) -> None:
        """Create a further database where it does not exist (tests use this)."""
        self._control().create_database(name)

    # -- the steps of starting

    def _clear_dead(self) -> None:
        """Forget a process of ours that has crashed; the directory's lock stays ours."""
        if self._process is not None:
            self._process = None
        if self._guard is not None:
            self._guard.release()
            self._guard = None

    def _prepare_directory(self) -> None:
        self._dir.mkdir(parents=True, exist_ok=True)
        self._dir.chmod(0o700)
        self.log_file.parent.mkdir(exist_ok=True)
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        if not self._password_file.exists():
            # The engine keeps only a hash. Without our file nobody can sign in, so let it take a new password.
            (self._dir / "config" / "server-users.jsonl").unlink(missing_ok=True)
            write_private(self._password_file, secrets.token_urlsafe(32))

    @property
    def _password_file(self) -> Path:
        return self._dir / "password"

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        lock = open(self._dir / "lock", "a+", encoding="utf-8")  # noqa: SIM115  held until stop()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise EngineInUse(
                f"process {holder or 'unknown'} already runs an engine on {self._dir}; stop it, or choose another data directory",
                data_dir=str(self._dir),
                holder=holder,
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def _clear_orphan(self) -> None:
        """End an engine whose parent died with SIGKILL before its guard could act. We hold the lock, so nobody uses it."""
        record = self._dir / "engine.pid"
        try:
            pid, started = record.read_text(encoding="utf-8").split()
            orphan = psutil.Process(int(pid))
            same = abs(orphan.create_time() - float(started)) < 2 and str(self._dir) in " ".join(orphan.cmdline())
        except (FileNotFoundError, ValueError, psutil.Error):
            return
        if same:
            orphan.terminate()
            try:
                orphan.wait(self._stop_timeout)
            except psutil.TimeoutExpired:
                orphan.kill()
                orphan.wait()
        record.unlink(missing_ok=True)

    def _start_on_free_port(self) -> BoltAddress:
        previous = read_address(self.address_file)
        wanted = int(previous.uri.rsplit(":", 1)[1]) if previous else 0  # after a crash clients still know this one
        for _ in range(START_ATTEMPTS):
            bolt_port, self._http_port = self._choose_port(wanted), self._choose_port(0)
            wanted = 0
            self._log_offset = self.log_file.stat().st_size if self.log_file.exists() else 0
            self._spawn(bolt_port)
            problem = self._wait_until_listening(bolt_port)
            if problem is None:
                return self._publish(bolt_port)
            self._end_failed()
            said = self._log_of_this_start()
            if PORT_TAKEN not in said:
                raise EngineStartFailed(f"{problem}; its log {self.log_file} ends with: {said[-1500:]}")
        raise EngineStartFailed(f"other processes took its ports in {START_ATTEMPTS} attempts; see {self.log_file}")

    def _publish(self, bolt_port: int) -> BoltAddress:
        self.create_database(self._database)
        control = f"http://{LOOPBACK}:{self._http_port}"
        address = BoltAddress(f"bolt://{LOOPBACK}:{bolt_port}", USER, self._password(), self._database, control)
        write_address(self.address_file, address)
        return address

    def _spawn(self, bolt_port: int) -> None:
        arguments = command(Installation.find(), self._dir, self._password_file, self._heap, bolt_port, self._http_port)
        with open(self.log_file, "ab", opener=_private) as log:
            self._process = subprocess.Popen(
                arguments,
                cwd=self._dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us first; we stop the engine when nobody needs it any more
                env={name: value for name, value in os.environ.items() if name != "JAVA_TOOL_OPTIONS"},
            )
        self._guard = Guard(self._process.pid)
        with contextlib.suppress(psutil.Error):
            write_private(self._dir / "engine.pid", f"{self._process.pid} {psutil.Process(self._process.pid).create_time()}")

    def _wait_until_listening(self, port: int) -> str | None:
        """None once our own process listens and answers, else what went wrong. A stranger on the port never gets the password."""
        assert self._process is not None
        give_up = time.monotonic() + self._start_timeout
        while time.monotonic() < give_up:
            if self._process.poll() is not None:
                return f"the engine ended with code {self._process.returncode} while starting"
            if {port, self._http_port} <= _listening(self._process.pid):
                with contextlib.suppress(OSError, ValueError):
                    self._control().databases()
                    return None
            elif PORT_TAKEN in self._log_of_this_start():  # the process stays, without the port
                return "another process took one of its ports"
            time.sleep(0.05)
        return f"the engine did not answer within {self._start_timeout:.0f} s"

    def _end_failed(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._clear_dead()

    def _log_of_this_start(self) -> str:
        with open(self.log_file, "rb") as log:
            log.seek(self._log_offset)
            return log.read().decode(errors="replace")

    def _control(self) -> Control:
        return Control(f"http://{LOOPBACK}:{self._http_port}", USER, self._password())

    def _password(self) -> str:
        return self._password_file.read_text(encoding="utf-8")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def free_port(wanted: int) -> int:
    """`wanted` if nobody has it, else any free port of the loopback. Another process may still take it before the engine does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wanted))
        except OSError:
            probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _listening(pid: int) -> set[int]:
    try:
        return {
            connection.laddr.port for connection in psutil.Process(pid).net_connections("tcp") if connection.status == psutil.CONN_LISTEN
        }
    except psutil.Error:
        return set()
