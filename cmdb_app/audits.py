"""The audit and library rooms over a core. Opened where they are needed: they bring numpy, which most commands can do without."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from baselines.audit.room import AuditRoom
from baselines.library.fetch import Fetcher
from baselines.library.rules import LibraryRules
from baselines.library.service import Library
from cmdb.kernel.errors import CmdbError
from cmdb_app.settings import Settings

_log = logging.getLogger("cmdb.audit")
_AWAY = 503

if TYPE_CHECKING:
    from cmdb_app.wiring import Core


def open_audits(core: "Core") -> AuditRoom:
    """Audits and the library on the core's store."""
    look = Fetcher(library_rules(core.settings)).look
    library = Library(core.store, core.ledger, core.inventory, core.registry.current, look, core.clock, images=core.settings.library_images)
    return AuditRoom.over(core.store, core.ledger, core.registry.current, library, core.clock)


def take_up(core: "Core") -> list[str]:
    """Carry out the runs that were asked for and that nobody is at; what came of each, which the log tells as well."""
    room = open_audits(core)
    told = []
    for run_id in room.running.waiting():
        try:
            run = room.running.carry_out(run_id)
        except CmdbError as problem:
            if problem.status == _AWAY:
                raise
            _log.info("audit run %s left alone: %s", run_id, problem.detail, extra={"run": run_id})  # another worker has it
            continue
        told.append(f"audit run {run.id} is {run.state}")
        _log.log(logging.WARNING if run.problem else logging.INFO, "audit run %s is %s %s", run.id, run.state, run.problem)
    return told


def library_rules(settings: Settings) -> LibraryRules:
    """What the settings let the library reach."""
    return LibraryRules(
        folders=tuple(Path(one) for one in _parts(settings.library_folders)),
        hosts=frozenset(one.lower() for one in _parts(settings.library_hosts)),
        private_hosts=frozenset(one.lower() for one in _parts(settings.library_private_hosts)),
        max_bytes=settings.library_max_bytes,
        seconds=settings.library_seconds,
    )


def _parts(text: str) -> list[str]:
    return [part for one in text.split(",") if (part := one.strip())]
