"""A TCP proxy between driver and engine that breaks connections at chosen moments. It knows just enough of Bolt to see a COMMIT pass."""

import socket
import threading
from contextlib import suppress
from enum import Enum, auto
from types import TracebackType

COMMIT = b"\x00\x02\xb0\x12\x00\x00"  # one chunk of two bytes: structure without fields, signature 0x12
RUN = b"\xb3\x10"  # structure with three fields, signature 0x10


class Fault(Enum):
    """What the proxy does; one at a time."""

    NONE = auto()
    LOSE_COMMIT_ANSWER = auto()  # the engine gets COMMIT and acts, the client never hears of it
    LOSE_COMMIT = auto()  # the engine never gets COMMIT
    CUT_AT_RUN = auto()  # the connection breaks as a statement is sent
    STALL = auto()  # bytes of the client are swallowed, nothing comes back


ONE_SHOT = {Fault.LOSE_COMMIT_ANSWER, Fault.LOSE_COMMIT, Fault.CUT_AT_RUN}


class FaultProxy:
    """Listens on a free loopback port and forwards to `target`. A context manager; `arm(fault)` at any time."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._fault = Fault.NONE
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self.connections = 0
        self.fired = 0
        self.answers_lost = 0

    def __enter__(self) -> "FaultProxy":
        self.listen()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.refuse()

    @property
    def uri(self) -> str:
        """Where the driver is to connect."""
        return f"bolt://127.0.0.1:{self.port}"

    def arm(self, fault: Fault) -> None:
        """From now on do `fault`; those that break a connection do it once."""
        self._fault = fault

    def listen(self) -> None:
        """Accept connections (again), on the same port as before."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def refuse(self) -> None:
        """Refuse new connections and break those that are open."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
            self._listener.close()
            self._listener = None
        self.break_all()

    def break_all(self) -> None:
        """Break the open connections; new ones are fine."""
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            _close(end)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                _close(client)
                continue
            self.connections += 1
            with self._lock:
                self._open |= {client, server}
            threading.Thread(target=self._to_server, args=(client, server), daemon=True).start()
            threading.Thread(target=self._to_client, args=(client, server), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                fault = self._fault
                if fault is Fault.STALL:
                    continue
                if fault is Fault.LOSE_COMMIT_ANSWER and COMMIT in data:
                    self._fire()
                    _close(client)  # nothing more reaches the client, but the engine acts; `_to_client` hangs up when it has answered
                    server.sendall(data)
                    return
                if (fault is Fault.LOSE_COMMIT and COMMIT in data) or (fault is Fault.CUT_AT_RUN and RUN in data):
                    self._fire()
                    break
                server.sendall(data)
        _close(client)
        _close(server)

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if self._fault is Fault.STALL:
                    continue
                try:
                    client.sendall(data)
                except OSError:
                    self.answers_lost += 1
                    break
        _close(client)
        _close(server)

    def _fire(self) -> None:
        self.fired += 1
        if self._fault in ONE_SHOT:
            self._fault = Fault.NONE


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        end.close()
