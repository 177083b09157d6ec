"""Who runs when: operations run in worker threads, at most `threads` at once, and long ones in at most half of them, so that a short one
always finds a thread soon.

Rules. Whether an operation is long is known once it is measured (`guard.LONG`), which happens in the thread; one that is long gives its
turn back and waits for a turn among the long ones. Its time (`seconds`) counts from when it runs, not while it waits for its turn or lets
others pass. It lets them pass while a thread is free for them, `seconds` in all at most. Whoever has hung up while waiting is not served;
for one that hangs up later the operation's `Stop` is abandoned, and what tries many things ends at the next.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from cmdb.kernel.courtesy import Courtesy
from cmdb.kernel.stop import Stop
from cmdb_graphql.context import Context
from cmdb_graphql.runner import IsLong

T = TypeVar("T")


class Turns:
    """One for each server. Limiters are made at the first turn, because they belong to the loop that uses them."""

    def __init__(self, threads: int, seconds: float, courtesy: Courtesy) -> None:
        self._threads, self._seconds, self._courtesy = threads, seconds, courtesy
        self._made: tuple[CapacityLimiter, CapacityLimiter, CapacityLimiter] | None = None

    async def take(self, context: Context, work: Callable[[bool], T]) -> T | None:
        """What `work` gives in a thread; None where nobody waits for it any more. `work` is told whether only a short operation may run,
        and raises `IsLong` where it is none. Who is cancelled meanwhile abandons the operation."""
        turns, long, _ = self._limiters()
        asked = context.stop
        try:
            return await self._run(turns, context, asked, work, True)
        except IsLong:
            async with long:
                return await self._run(turns, context, asked, work, False)

    async def _run(self, turns: CapacityLimiter, context: Context, asked: Stop, work: Callable[[bool], T], only_short: bool) -> T | None:
        async with turns:
            await asyncio.sleep(0)  # whoever watches the client tells now
            if asked.abandoned:
                return None
            context.stop = asked.giving_way(self._seconds, self._while_free(turns))
            # As many threads as turns, so that who has a turn has a thread. A task of its own keeps the thread counted where this one is
            # cancelled: threads cannot be.
            running = asyncio.ensure_future(to_thread.run_sync(self._here, work, only_short, limiter=self._limiters()[2]))
            running.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen, also where nobody waits
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                context.stop.abandon()
                raise

    def _here(self, work: Callable[[bool], T], only_short: bool) -> T:
        """Operations of WebSockets are requests as well."""
        with self._courtesy.present():
            return work(only_short)

    def _while_free(self, turns: CapacityLimiter) -> Callable[[], float]:
        """How to let others pass: who holds the last thread keeps them waiting by waiting for them."""
        long_work = self._courtesy.begin(self._seconds)
        return lambda: long_work.give_way() if turns.available_tokens > 0 else 0.0

    def _limiters(self) -> tuple[CapacityLimiter, CapacityLimiter, CapacityLimiter]:
        if self._made is None:
            self._made = CapacityLimiter(self._threads), CapacityLimiter(max(1, self._threads // 2)), CapacityLimiter(self._threads)
        return self._made
