"""`cmdb serve`: starts the parts in order, watches them, starts again what ends, stops all in reverse order.

The API is started first, because it takes as long to load as the graph engine to start, and waits for it; worker and scheduler follow when
the API is ready. A part that ends by itself is started again, five times within a minute at most; after that everything stops, because a
part that cannot stay up is a fault a person must see.
"""

import contextlib
import http.client
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from cmdb_app.supervise.errors import PartFailed
from cmdb_app.supervise.process import ChildProcess

Say = Callable[[str], None]

_RESTARTS = 5
_WINDOW = 60.0  # seconds
_LOOK_EVERY = 0.25  # seconds


class Part(Protocol):
    """What the supervisor starts and stops: an engine or one of our own processes."""

    def start(self) -> object: ...

    def stop(self) -> None: ...

    def alive(self) -> bool: ...


class Supervisor:
    """Runs the parts. An engine answers when its `start()` returns. `workers` (the API first) are told to stop before the engines."""

    def __init__(self, engines: Sequence[tuple[str, Part]], workers: Sequence[ChildProcess], say: Say) -> None:
        self._engines = list(engines)
        self._workers = list(workers)
        self._say = say
        self._stop = threading.Event()
        self._restarts: dict[str, deque[float]] = {}

    def start(self) -> None:
        """Starts the API and the engines. Where one fails, what was started is stopped."""
        try:
            self._say(f"starting the {self._workers[0].name}")
            self._workers[0].start()
            for name, engine in self._engines:
                self._say(f"starting the {name}")
                engine.start()
                self._refuse_if_stopping()
        except BaseException:
            self.stop()
            raise

    def start_rest(self) -> None:
        """Starts the workers that are not needed to answer questions."""
        for worker in self._workers[1:]:
            self._say(f"starting the {worker.name}")
            worker.start()

    def wait_ready(self, url: str, timeout: float = 60.0) -> None:
        """Waits until the API says that it is ready. Raises `PartFailed` with the end of its log when it ends or takes too long."""
        give_up = time.monotonic() + timeout
        api = self._workers[0]
        while not self._stop.is_set():
            if _is_ready(url):
                return
            if not api.alive():
                raise PartFailed(f"the {api.name} ended while starting; {api.log} ends with:\n{api.last_words()}")
            if time.monotonic() > give_up:
                raise PartFailed(f"the {api.name} was not ready within {timeout:.0f} s; {api.log} ends with:\n{api.last_words()}")
            self._stop.wait(0.05)
        raise KeyboardInterrupt

    def ask_to_stop(self) -> None:
        """May be called from a signal handler."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def watch(self) -> None:
        """Returns when asked to stop. Raises `PartFailed` when a part does not stay up."""
        while not self._stop.wait(_LOOK_EVERY):
            for name, engine in self._engines:
                if not engine.alive():
                    self._again(name, engine)
            for worker in self._workers:
                if not worker.alive():
                    self._again(worker.name, worker)

    def stop(self) -> None:
        """Stops everything, in reverse order; nothing happens to what does not run."""
        for worker in self._workers:
            worker.ask_to_stop()
        parts: list[tuple[str, Part]] = [*self._engines, *((worker.name, worker) for worker in self._workers)]
        for _, part in reversed(parts):
            with contextlib.suppress(ProcessLookupError):
                part.stop()

    def _again(self, name: str, part: Part) -> None:
        past = self._restarts.setdefault(name, deque(maxlen=_RESTARTS))
        now = time.monotonic()
        if len(past) == _RESTARTS and now - past[0] < _WINDOW:
            words = f"; {part.log} ends with:\n{part.last_words()}" if isinstance(part, ChildProcess) else ""
            raise PartFailed(f"the {name} ended {_RESTARTS} times within a minute{words}")
        past.append(now)
        self._say(f"the {name} has ended; starting it again")
        part.start()

    def _refuse_if_stopping(self) -> None:
        if self._stop.is_set():
            raise KeyboardInterrupt


def _is_ready(url: str) -> bool:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
