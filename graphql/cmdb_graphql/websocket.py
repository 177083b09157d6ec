"""Subscriptions over WebSocket: the protocol `graphql-transport-ws` on `/graphql`.

Who connects was signed in by the session cookie or token of the opening request, like every other request, and its origin was looked at
there; what `connection_init` carries is not read. One task for each operation; an operation that runs ends with `complete` from either
side. Rules broken close the connection with the protocol's codes: 4400 bad message, 4401 not initialised, 4408 initialised too late, 4409
id in use, 4429 initialised twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any

import orjson
from anyio import to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect

from cmdb.kernel.errors import CmdbError
from cmdb_graphql import runner
from cmdb_graphql.context import Context
from cmdb_graphql.holder import SchemaHolder
from cmdb_graphql.turns import Turns
from cmdb_graphql.wire import dump, read

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
MAX_OPERATIONS = 20
MAX_MESSAGE = 100_000

ConnectionFactory = Callable[[Any], Context | Awaitable[Context]]


class _Broken(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


async def serve(socket: WebSocket, holder: SchemaHolder, context_factory: ConnectionFactory, turns: Turns) -> None:
    """Serve one connection until either side ends it."""
    if PROTOCOL not in socket.scope.get("subprotocols", ()):
        await socket.close(4406, f"speak {PROTOCOL}")
        return
    await socket.accept(PROTOCOL)
    connection = _Connection(socket, holder, context_factory, turns)
    try:
        await connection.run()
    except _Broken as broken:
        await socket.close(broken.code, broken.reason)
    except WebSocketDisconnect:
        pass
    finally:
        await connection.end()


class _Connection:
    def __init__(self, socket: WebSocket, holder: SchemaHolder, context_factory: ConnectionFactory, turns: Turns) -> None:
        self._socket, self._holder, self._context, self._turns = socket, holder, context_factory, turns
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        try:
            first = await asyncio.wait_for(self._receive(), INIT_SECONDS)
        except TimeoutError:
            raise _Broken(4408, "Connection initialisation timeout") from None
        if first.get("type") != "connection_init":
            raise _Broken(4401, "Unauthorized")
        await self._send({"type": "connection_ack"})
        while True:
            await self._handle(await self._receive())

    async def end(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _handle(self, message: Mapping[str, Any]) -> None:
        kind, name = message.get("type"), message.get("id")
        if kind == "connection_init":
            raise _Broken(4429, "Too many initialisation requests")
        if kind == "ping":
            await self._send({"type": "pong"})
        elif kind == "complete" and isinstance(name, str):
            task = self._tasks.pop(name, None)
            if task is not None:
                task.cancel()
        elif kind == "subscribe" and isinstance(name, str) and 1 <= len(name) <= 100:
            self._subscribe(name, message.get("payload"))
        elif kind != "pong":
            raise _Broken(4400, "Bad message")

    def _subscribe(self, name: str, payload: Any) -> None:
        if name in self._tasks:
            raise _Broken(4409, f"Subscriber for {name} already exists")
        if len(self._tasks) >= MAX_OPERATIONS:
            raise _Broken(4400, f"At most {MAX_OPERATIONS} operations at once")
        self._tasks[name] = asyncio.create_task(self._operation(name, payload))

    async def _operation(self, name: str, payload: Any) -> None:
        try:
            refused = await self._results(name, payload)
            if not refused:
                await self._send({"id": name, "type": "complete"})
        finally:
            self._tasks.pop(name, None)

    async def _results(self, name: str, payload: Any) -> bool:
        """Send every result; True where the operation was refused before it ran, which the protocol says by `error`."""
        try:
            request = read(payload, read_only=False)
            found = self._context(self._socket)
            context = await found if isawaitable(found) else found
            built = await to_thread.run_sync(self._holder.current)
            async for body in runner.events(built, request, context, self._turns):
                if "data" not in body:
                    await self._send({"id": name, "type": "error", "payload": body["errors"]})
                    return True
                await self._send({"id": name, "type": "next", "payload": body})
        except CmdbError as error:
            answer = runner.refused(error)
            await self._send({"id": name, "type": "error", "payload": answer.body["errors"]})
            return True
        return False

    async def _receive(self) -> dict[str, Any]:
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1000))
        text = received.get("text")
        if not text or len(text) > MAX_MESSAGE:
            raise _Broken(4400, "Bad message")
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise _Broken(4400, "Bad message") from None
        if not isinstance(message, dict):
            raise _Broken(4400, "Bad message")
        return message

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._socket.send_text(dump(message).decode())
