"""Pushes one batch to the server, patiently: the same key with every attempt, so that an answer lost on the way back cannot double
anything.

What is tried again: no connection, time out, 408, 425, 429, 5xx, and 409 and 412, which say that somebody else was faster. `Retry-After` is
honoured (seconds or a date), otherwise the wait doubles from `first_wait` to `longest_wait`, with jitter, so that a thousand agents do not
come back at once.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx

from discovery.agent.config import AgentConfig
from discovery.agent.errors import AgentRejected, ServerUnreachable
from discovery.agent.wire import CONTENT_TYPE

_AGAIN = frozenset({408, 409, 412, 425, 429, 500, 502, 503, 504})
_LONGEST_RETRY_AFTER = 3600.0


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """The server's answer to a batch. `accepted` is False where it refuses the batch for good; `body` is its JSON, empty where it sent
    none."""

    accepted: bool
    status: int
    body: dict[str, Any]
    attempts: int


class PushClient:
    """One connection to one server. `sleep` and `clock` are given for tests."""

    def __init__(
        self,
        config: AgentConfig,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._config = config.checked()
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        headers = {"Authorization": f"Bearer {config.token}", "Content-Type": CONTENT_TYPE, "User-Agent": "cmdb-agent"}
        self._http = httpx.Client(base_url=config.server, headers=headers, timeout=config.timeout, transport=transport)

    def __enter__(self) -> "PushClient":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def push(self, key: str, body: bytes) -> PushOutcome:
        """Send a batch and wait for the answer. Raises `AgentRejected` (401, 403) and, after the last attempt, `ServerUnreachable`."""
        wait, why = 0.0, ""
        for attempt in range(1, self._config.attempts + 1):
            if attempt > 1:
                self._sleep(wait)
            try:
                response = self._http.post("/observations?outcomes=notable", content=body, headers={"Idempotency-Key": key})
            except httpx.TransportError as fault:
                wait, why = self._backoff(attempt), type(fault).__name__
                continue
            answer = _json(response)
            if response.status_code in (401, 403):
                raise AgentRejected(str(answer.get("detail", "the server does not accept the token")), status=response.status_code)
            if response.status_code in _AGAIN:
                asked = self._asked(response.headers.get("Retry-After"))
                wait, why = self._backoff(attempt) if asked is None else asked, f"HTTP {response.status_code}"
                continue
            return PushOutcome(response.is_success, response.status_code, answer, attempt)
        raise ServerUnreachable(f"after {self._config.attempts} attempts: {why}")

    def _backoff(self, attempt: int) -> float:
        longest = min(self._config.longest_wait, self._config.first_wait * 2.0 ** (attempt - 1))
        return longest * (0.5 + self._jitter() / 2)

    def _asked(self, header: str | None) -> float | None:
        """Seconds the server asks to wait (RFC 9110, 10.2.3), at most an hour; None where it does not say or cannot be understood."""
        if header is None:
            return None
        if header.strip().isdigit():
            return min(float(header.strip()), _LONGEST_RETRY_AFTER)
        try:
            when = parsedate_to_datetime(header)
        except ValueError:
            return None
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        return min(max(0.0, (when - self._clock()).total_seconds()), _LONGEST_RETRY_AFTER)


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
