"""The agent's work: collect, spool, push, wait, again. What has been collected is on disk before anything is sent."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Event

import httpx

from cmdb.kernel.clock import Clock, system_clock, to_text
from cmdb.kernel.errors import CmdbError
from cmdb.model.observation import Batch
from discovery.agent.client import PushClient
from discovery.agent.config import AgentConfig
from discovery.agent.errors import ServerUnreachable
from discovery.agent.spool import Spool
from discovery.agent.wire import encode, idempotency_key
from discovery.source import Listener, Recorder

Collect = Callable[[Listener], Iterator[Batch]]
"""One source with its settings: `lambda listener: HostSource().collect(config, listener)`."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: batches collected, sent and answered, refused for good, and still waiting."""

    collected: int
    sent: int
    refused: int
    waiting: int


class Agent:
    """Does one round at a time. `report` is given one line for a person for each thing worth telling; never the token or a batch's
    content."""

    def __init__(
        self, config: AgentConfig, client: PushClient, spool: Spool, report: Callable[[str], None], clock: Clock = system_clock
    ) -> None:
        self._config = config.checked()
        self._client = client
        self._spool = spool
        self._report = report
        self._clock = clock

    def round(self, sources: Iterable[Collect]) -> Round:
        """Collect from every source and send what waits, oldest first. A source that fails does not keep the others from being sent.

        Raises `AgentRejected` where the server does not accept the agent; what was collected stays in the spool.
        """
        collected = sum(self._collect(source) for source in sources)
        sent = refused = 0
        for one in list(self._spool):
            try:
                outcome = self._client.push(one.key, one.body)
            except ServerUnreachable as fault:
                self._report(f"the server cannot be reached ({fault.detail}); what was collected waits in the spool")
                break
            if outcome.accepted:
                self._spool.remove(one)
                sent += 1
                self._report(f"sent {one.source} {one.scope}: {_counts(outcome.body)}")
            else:
                kept = self._spool.set_aside(one, f"{outcome.status} {outcome.body}")
                refused += 1
                self._report(f"the server refuses the batch of {one.source} {one.scope} ({outcome.status}); kept as {kept.name}")
        return Round(collected, sent, refused, sum(1 for _ in self._spool))

    def _window(self) -> tuple[int, str]:
        """Number and beginning of the present time window. What is collected counts as seen at its beginning: so the same content gives
        the same bytes within one window, as its key demands."""
        length = max(self._config.interval, 60.0)
        number = int(self._clock().timestamp() // length)
        return number, to_text(datetime.fromtimestamp(number * length, UTC))

    def _collect(self, source: Collect) -> int:
        recorder = Recorder()
        count = 0
        try:
            for batch in source(recorder):
                window, began = self._window()
                batch = replace(batch, observed_at=batch.observed_at or began)
                self._spool.add(idempotency_key(batch, window), batch.source, batch.scope, encode(batch), complete=batch.complete)
                count += 1
        except CmdbError as fault:
            self._report(f"a source could not be read: {fault.detail}")
        for problem in recorder.problems:
            self._report(f"{problem.where}: {problem.detail}")
        return count


def run_agent(
    config: AgentConfig,
    sources: Iterable[Collect],
    stop: Event,
    report: Callable[[str], None],
    *,
    transport: httpx.BaseTransport | None = None,
) -> Round:
    """The body of `cmdb agent`: rounds until `stop` is set, or one round where `config.interval` is 0. Answers the last round.

    Raises `AgentMisconfigured` at once and `AgentRejected` when the server says so. A wait ends early when `stop` is set.
    """
    todo = list(sources)
    spool = Spool(config.spool, config.spool_bytes)
    with PushClient(config, transport=transport, sleep=stop.wait) as client:
        agent = Agent(config, client, spool, report)
        while True:
            started = time.monotonic()
            done = agent.round(todo)
            if config.interval == 0 or stop.wait(max(0.0, config.interval - (time.monotonic() - started))):
                return done


def _counts(body: dict[str, object]) -> str:
    counts = body.get("counts")
    if not isinstance(counts, dict):
        return "accepted"
    return ", ".join(f"{value} {name}" for name, value in counts.items() if value) or "nothing to do"
