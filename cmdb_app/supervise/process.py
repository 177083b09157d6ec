"""One child process: started in a session of its own (so that Ctrl-C reaches the supervisor first), guarded, logged to a file."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from cmdb.store.engines.guard import Guard
from cmdb_app.supervise.home import private_log

LOG_LIMIT = 20_000_000  # bytes; a longer log is kept once as `<name>.log.1`


class ChildProcess:
    """Starts and stops one process. The guard kills it when the supervisor dies without a chance to."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        keep_open: Sequence[int] = (),
        stop_timeout: float = 20.0,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment or {})
        self._keep_open = tuple(keep_open)
        self._stop_timeout = stop_timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: Guard | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it runs."""
        return self._process.poll() if self._process else None

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts the process; a crashed one may be started again."""
        self._end_guard()
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "ab", opener=private_log) as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=self._keep_open,
                env={**os.environ, **self._environment},
            )
        self._guard = Guard(self._process.pid)

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for the whole session (a worker has children) when it does not end in time."""
        self.ask_to_stop()
        if self._process is not None:
            try:
                self._process.wait(self._stop_timeout)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._process = None
        self._end_guard()

    def last_words(self, size: int = 1500) -> str:
        """The end of its log."""
        try:
            return self.log.read_bytes()[-size:].decode(errors="replace").strip()
        except FileNotFoundError:
            return ""

    def _end_guard(self) -> None:
        if self._guard is not None:
            self._guard.release()
            self._guard = None


def end_orphan(record: Path, marker: str) -> None:
    """Ends the process noted in `record` (`pid create_time`) if it still runs and has `marker` among its arguments."""
    try:
        pid, started = record.read_text(encoding="utf-8").split()
        orphan = psutil.Process(int(pid))
        ours = abs(orphan.create_time() - float(started)) < 2 and marker in " ".join(orphan.cmdline())
    except (FileNotFoundError, ValueError, psutil.Error):
        return
    if ours:
        orphan.terminate()
        try:
            orphan.wait(5)
        except psutil.TimeoutExpired:
            orphan.kill()
            orphan.wait()
    record.unlink(missing_ok=True)


def note_process(record: Path, pid: int) -> None:
    """Writes what `end_orphan` reads."""
    with contextlib.suppress(psutil.Error):
        record.write_text(f"{pid} {psutil.Process(pid).create_time()}", encoding="utf-8")
