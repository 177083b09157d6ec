"""Exports as streams. They may take minutes, so they have threads of their own, half as many as requests have: whoever asks something small
finds a thread however many exports run. And they let requests pass that have just come (decision 0095)."""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from fastapi.responses import StreamingResponse

from cmdb.kernel.courtesy import Courtesy

GiveWay = Callable[[], float]


class Streams:
    """Makes the streams of one app."""

    def __init__(self, threads: int, courtesy: Courtesy) -> None:
        self._threads, self._courtesy = max(1, threads // 2), courtesy
        self._made: CapacityLimiter | None = None

    def of(self, write: Callable[[GiveWay], Iterator[bytes | str]], media_type: str, headers: Mapping[str, str]) -> StreamingResponse:
        """What `write` yields, piece by piece. It gets a function to come by at its steps; between pieces it is called anyway."""
        give_way = self._courtesy.begin().give_way
        return StreamingResponse(self._sent(_coming_by(write(give_way), give_way)), media_type=media_type, headers=headers)

    async def _sent(self, pieces: Iterator[bytes | str]) -> AsyncIterator[bytes | str]:
        if self._made is None:  # at the first stream: a limiter belongs to the loop that uses it
            self._made = CapacityLimiter(self._threads)
        while (piece := await to_thread.run_sync(next, pieces, None, limiter=self._made)) is not None:
            yield piece


def file_name(text: str, otherwise: str) -> str:
    """A text as part of the name of a file: letters, digits, `._-`, 60 at most; `otherwise` where nothing is left of it."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-")[:60] or otherwise


def _coming_by(pieces: Iterator[bytes | str], give_way: GiveWay) -> Iterator[bytes | str]:
    for piece in pieces:
        yield piece
        give_way()


def _streams(request: Request) -> Streams:
    found: Streams = request.app.state.streams
    return found


TheStreams = Annotated[Streams, Depends(_streams)]
