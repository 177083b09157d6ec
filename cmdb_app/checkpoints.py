"""Checkpoints in this installation: where the key is, where a checkpoint goes, and what the schedule does.

Rules: a file is appended to, one checkpoint a line, so that nothing that was noted is lost by the next; an address must be HTTPS (plain
HTTP only to this machine) and answer with 2xx; what is busy is asked again, what refuses is not.
"""

import errno
import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cmdb.archive.checkpoints import Checkpoints, Hand, Taken
from cmdb.archive.room import EvidenceRoom
from cmdb.kernel.clock import Clock
from cmdb.kernel.errors import CmdbError, InvalidInput
from cmdb.ledger.checkpoint import Checkpoint
from cmdb.ledger.service import Ledger
from cmdb.ledger.signing import SigningKey, load_key
from cmdb.records.book import RecordBook
from cmdb.store.protocol import Store
from cmdb_app.settings import Settings
from cmdb_app.supervise.home import Home

if TYPE_CHECKING:
    from cmdb_app.wiring import Core

_TRIES = 5
_FIRST_WAIT = 0.5  # seconds; doubles
_BUSY = frozenset({408, 425, 429})


class CheckpointNotDelivered(CmdbError):
    """The file could not be written, or the address did not take the checkpoint."""

    code = "checkpoint-not-delivered"
    status = 502
    title = "The checkpoint could not be handed over"


def key_path(settings: Settings) -> Path:
    """Where the signing key is."""
    return settings.checkpoint_key_file or Home(settings.data_dir).path / "checkpoint.key"


def signing_key(settings: Settings) -> SigningKey:
    """The installation's key; made at first use, unless a setting names the file. Raises `SigningKeyUnusable`."""
    return load_key(key_path(settings), create=settings.checkpoint_key_file is None)


def checkpoints_of(core: "Core") -> Checkpoints:
    """The service over a core."""
    return checkpoints_over(core.settings, core.store, core.clock)


def checkpoints_over(settings: Settings, store: Store, clock: Clock) -> Checkpoints:
    """The service over a store."""
    return Checkpoints(store, Ledger(store, clock), RecordBook(store), clock, lambda: signing_key(settings))


def open_evidence(core: "Core") -> EvidenceRoom:
    """The room GraphQL reaches."""
    return EvidenceRoom(core.store, core.ledger, core.clock, lambda: signing_key(core.settings), lambda: hands_of(core.settings))


def line_of(checkpoint: Checkpoint) -> bytes:
    """A checkpoint as one line of JSON."""
    import orjson

    return orjson.dumps(checkpoint.body()) + b"\n"


def to_file(path: Path) -> Hand:
    """Appends a line to a file and waits until it is on the disk. What could not be written whole is taken back: half a line would spoil
    the next one."""

    def hand(checkpoint: Checkpoint) -> str:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                _append(descriptor, line_of(checkpoint))
            finally:
                os.close(descriptor)
        except OSError as problem:
            raise CheckpointNotDelivered(f"the checkpoint could not be written to {path}: {problem.strerror}") from problem
        return f"file {path}"

    return hand


def _append(descriptor: int, line: bytes) -> None:
    fcntl.flock(descriptor, fcntl.LOCK_EX)  # the schedule and a person may take one at once; closing lets go
    end = os.fstat(descriptor).st_size
    if end and os.pread(descriptor, 1, end - 1) != b"\n":  # somebody's half line, a power failure's: ours begins a new one
        line = b"\n" + line
    try:
        if os.write(descriptor, line) != len(line):
            raise OSError(errno.ENOSPC, "the disk is full")
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, end)
        raise


def to_url(url: str, sleep: Callable[[float], None] = time.sleep) -> Hand:
    """Posts to an address, `_TRIES` times at most. Raises `InvalidInput` at once for an address that is not safe to use."""
    place = urlsplit(url)
    local = place.hostname in ("localhost", "127.0.0.1", "::1")
    if not (place.hostname and (place.scheme == "https" or (place.scheme == "http" and local))):
        raise InvalidInput(f"checkpoints are posted over HTTPS; {url!r} is no such address")
    shown = f"{place.scheme}://{place.hostname}{f':{place.port}' if place.port else ''}{place.path}"  # no user, password or query

    def hand(checkpoint: Checkpoint) -> str:
        import httpx

        said = ""
        for attempt in range(_TRIES):
            if attempt:
                sleep(_FIRST_WAIT * 2 ** (attempt - 1))
            try:
                answer = httpx.post(url, content=line_of(checkpoint), headers={"Content-Type": "application/json"}, timeout=10.0)
            except httpx.HTTPError as problem:
                said = f"{type(problem).__name__}: {problem}"
                continue
            if answer.is_success:
                return f"url {shown}"
            said = f"it answered {answer.status_code}"
            if answer.status_code < 500 and answer.status_code not in _BUSY:
                break
        raise CheckpointNotDelivered(f"{shown} did not take the checkpoint ({said}); nothing was recorded, take it again", url=shown)

    return hand


def hands_of(settings: Settings) -> list[Hand]:
    """Where the schedule's checkpoints go."""
    hands = [to_file(settings.checkpoint_file)] if settings.checkpoint_file else []
    return hands + ([to_url(settings.checkpoint_url)] if settings.checkpoint_url else [])


def take_scheduled(core: "Core") -> Taken | None:
    """The scheduler's run: nothing where nothing was committed since."""
    from cmdb_app.wiring import SYSTEM

    return checkpoints_of(core).take_if_new(SYSTEM, hands_of(core.settings))
