"""A whole `cmdb serve` as a user runs it: a process of its own, on a data directory of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import psutil


class Serving:
    """`start()` returns once the sign-in link is printed; `kill()` is SIGKILL, `stop()` Ctrl-C."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self._environment = {**clean_environment(), "CMDB_DATA_DIR": str(data_dir), "CMDB_GRAPH_HEAP": "512m", **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._out = data_dir.with_name(data_dir.name + ".out")
        self.url = ""
        self.link = ""

    def start(self, *arguments: str, patience: float = 180) -> float:
        """Starts it; the seconds until the link was printed."""
        began = time.monotonic()
        with self._out.open("wb") as out:
            self._process = subprocess.Popen(
                command("serve", "--port", "0", *arguments),
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        while (found := re.search(r"(http://\S+)/sign-in\?code=\S+", self.output())) is None:
            assert self._process.poll() is None, self.output()
            assert time.monotonic() - began < patience, self.output() + self.logs()
            time.sleep(0.05)
        self.link, self.url = found[0], found[1]
        return time.monotonic() - began

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def output(self) -> str:
        return self._out.read_text(errors="replace") if self._out.exists() else ""

    def logs(self) -> str:
        """The end of each part's log."""
        return "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in sorted(self.data_dir.glob("log/*.log")))

    def parts(self) -> dict[str, psutil.Process]:
        """The running parts by name: `graph`, `broker`, `api`, `worker`, `scheduler`."""
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.pid).children():
            name = part_of(child)
            if name:
                found[name] = child
        return found

    def run(self, *arguments: str, patience: float = 180, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Another command on the same data directory."""
        found = subprocess.run(command(*arguments), capture_output=True, text=True, env=self._environment, timeout=patience)
        assert not check or found.returncode == 0, found.stdout + found.stderr
        return found

    def token(self, name: str, role: str, *more: str) -> dict[str, str]:
        """Request headers with a new token."""
        secret = self.run("token", "create", name, "--role", role, *more).stdout.strip()
        return {"Authorization": f"Bearer {secret}"}

    def wait_ready(self, patience: float = 120) -> None:
        """Waits until the API says that it is ready."""
        give_up = time.monotonic() + patience
        while True:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert time.monotonic() < give_up, self.output() + self.logs()
            time.sleep(0.1)

    def stop(self, patience: float = 60) -> int:
        """Ctrl-C; its exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(patience)

    def kill(self) -> None:
        """SIGKILL to the supervisor alone: the parts have to find out."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def command(*arguments: str) -> list[str]:
    """The command line of `cmdb` with this interpreter."""
    return [sys.executable, "-P", "-m", "cmdb_app.cli.main", *arguments]


def clean_environment() -> Mapping[str, str]:
    """Ours without settings of the CMDB."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CMDB_")}


def part_of(process: psutil.Process) -> str | None:
    """Which part a process is, None for a guard or one that has ended."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return None
    text = " ".join(words)
    if "ArcadeDBServer" in text:
        return "graph"
    if "valkey-server" in text:
        return "broker"
    if "cmdb_app.cli.main" in words:
        return words[words.index("cmdb_app.cli.main") + 1]
    return None


def processes_on(data_dir: Path) -> list[str]:
    """Processes that still have to do with a data directory, told by their arguments or environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid == os.getpid():
                continue
            mine = str(data_dir) in " ".join(process.cmdline()) or process.environ().get("CMDB_DATA_DIR") == str(data_dir)
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {' '.join(process.cmdline())[:120]}")
        except psutil.Error:
            continue
    return found
