"""What `cmdb serve` does: one process that starts the others, says where to go, and stops them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from types import FrameType

from cmdb_app.settings import EngineChoice, Settings
from cmdb_app.supervise.errors import PortTaken
from cmdb_app.supervise.home import Home, Serving
from cmdb_app.supervise.process import ChildProcess
from cmdb_app.supervise.supervisor import Part, Supervisor

_PORTS_TRIED = 50
_WORKER_PATIENCE = 15.0  # seconds a worker may take to finish its chunk


def serve(settings: Settings, demo: bool = False) -> None:
    """Runs until SIGINT or SIGTERM. Raises `AlreadyServing`, `PortTaken`, `PartFailed`."""
    home = Home(settings.data_dir)
    with home.hold(), listening_socket(settings) as listener:
        url = _address(listener)
        supervisor = Supervisor(_engines(settings, home), _workers(settings, home, listener), _say)
        _stop_on_signals(supervisor)
        try:
            supervisor.start()
            supervisor.wait_ready(url)
            supervisor.start_rest()
            home.publish(Serving(os.getpid(), url))
            if demo:
                _load_demo(settings, supervisor)
            _greet(settings, home, url)
            supervisor.watch()
        except KeyboardInterrupt:
            pass
        finally:
            _say("stopping")
            supervisor.stop()
    _say("stopped")


def listening_socket(settings: Settings) -> socket.socket:
    """The socket the API will answer on: opened here, so that nobody can take the port meanwhile and a restarted API keeps it.

    Raises `PortTaken` where the port was asked for and is taken; a default port that is taken gives way to the next free one.
    """
    last: OSError | None = None
    for offset in range(1 if settings.port_was_chosen else _PORTS_TRIED):
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port + offset if settings.port else 0))
            listener.listen(512)
            return listener
        except OSError as problem:
            listener.close()
            last = problem
    said = last.strerror if last else ""
    raise PortTaken(
        f"cannot listen on {settings.host} port {settings.port}: {said}. Choose another with --port or CMDB_PORT.", port=settings.port
    )


def _engines(settings: Settings, home: Home) -> list[tuple[str, Part]]:
    found: list[tuple[str, Part]] = []
    if settings.engine is EngineChoice.EMBEDDED:
        from cmdb.store.engines.arcadedb import ArcadeChild

        found.append(("graph engine", ArcadeChild(home.graph, heap=settings.graph_heap)))
    if not settings.broker():
        from cmdb_app.supervise.broker import ValkeyChild

        found.append(("broker", ValkeyChild(home.broker, home.log / "broker.log")))
    return found


def _workers(settings: Settings, home: Home, listener: socket.socket) -> list[ChildProcess]:
    environment = _environment(settings)
    program = [sys.executable, "-P", "-m", "cmdb_app.cli.main"]  # -P: what lies in the working directory is not imported
    fd = listener.fileno()
    return [
        ChildProcess(
            "API", [*program, "api", "--wait", "60", "--fd", str(fd)], home.log / "api.log", environment, keep_open=(fd,), stop_timeout=10.0
        ),
        ChildProcess("worker", [*program, "worker", "--wait", "30"], home.log / "worker.log", environment, stop_timeout=_WORKER_PATIENCE),
        ChildProcess("scheduler", [*program, "scheduler", "--wait", "30"], home.log / "scheduler.log", environment, stop_timeout=5.0),
    ]


def _environment(settings: Settings) -> Mapping[str, str]:
    """What was given on the command line reaches the parts as their environment; the rest they have already."""
    return {"CMDB_DATA_DIR": str(Home(settings.data_dir).path), "CMDB_HOST": settings.host, "PYTHONUNBUFFERED": "1"}


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - only shown
    return f"http://{shown}:{port}"


def _stop_on_signals(supervisor: Supervisor) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        supervisor.ask_to_stop()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


def _load_demo(settings: Settings, supervisor: Supervisor) -> None:
    command = [sys.executable, "-P", "-m", "cmdb_app.cli.main", "demo"]
    with subprocess.Popen(command, env={**os.environ, **_environment(settings)}, start_new_session=True) as loader:
        while loader.poll() is None:
            if supervisor.stopping:
                loader.terminate()
                loader.wait()
                raise KeyboardInterrupt
            try:
                loader.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
    if loader.returncode:
        _say("the demo estate could not be loaded whole; see above. The CMDB runs all the same.")


def _greet(settings: Settings, home: Home, url: str) -> None:
    from cmdb.model.actor import Role
    from cmdb_app.wiring import FIRST_USER, open_access, open_graph

    store = open_graph(settings)
    try:
        access = open_access(settings, store)
        access.ensure_user(FIRST_USER, [Role.ADMINISTRATOR])
        code = access.new_link(FIRST_USER)
    finally:
        store.close()
    shown = settings.public_url.rstrip("/") or url
    _say(f"\nThe CMDB runs at {shown}  (data in {home.path}, logs in {home.log})")
    _say(f"Sign in once, within {settings.link_minutes} minutes:\n\n    {shown}/sign-in?code={code}\n")
    _say("Ctrl-C stops everything.")


def _say(text: str) -> None:
    print(text, flush=True)
