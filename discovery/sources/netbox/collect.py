"""Reads a dump from a file. All understanding is in `parse.py`."""

import json
from collections.abc import Iterator
from typing import Any

from cmdb.model.observation import Batch
from discovery.source import Listener, SourceMisconfigured, SourceProblem, SourceUnreadable
from discovery.sources.netbox.model import SOURCE_NAME, NetBoxConfig
from discovery.sources.netbox.parse import parse


class NetBoxSource:
    """The source `netbox`: one batch, everything that is understood of the dump."""

    name = SOURCE_NAME

    def collect(self, config: NetBoxConfig, listener: Listener) -> Iterator[Batch]:
        """The batch. Raises `SourceMisconfigured` for an instance without a name, `SourceUnreadable` where the file is no dump."""
        if not config.instance.strip():
            raise SourceMisconfigured("name the NetBox instance: its objects' keys count within it")
        listener.step(0, 2, config.dump.name)
        parsed = parse(_read(config), config.instance)
        for problem in parsed.problems:
            listener.problem(problem)
        if parsed.passed_over:
            told = ", ".join(f"{count:,} {model}" for model, count in parsed.passed_over.most_common())
            listener.problem(SourceProblem("not-read", config.dump.name, f"not read: {told}", lost=False))
        if not parsed.observations:
            raise SourceUnreadable("the file holds no object of NetBox that is understood; expected is what `manage.py dumpdata` prints")
        listener.step(1, 2, f"{len(parsed.observations):,} items")
        scope = f"netbox:{config.instance}"
        complete = config.complete and parsed.whole
        yield Batch(SOURCE_NAME, parsed.observations, scope=scope, complete=complete, reason="read from a NetBox dump")
        listener.step(2, 2, "done")


def _read(config: NetBoxConfig) -> list[Any]:
    try:
        if config.dump.stat().st_size > config.max_bytes:
            raise SourceUnreadable(f"{config.dump} is larger than {config.max_bytes:,} bytes")
        found = json.loads(config.dump.read_bytes())
    except OSError as fault:
        raise SourceUnreadable(f"{config.dump}: {fault.strerror or fault}") from fault
    except (ValueError, RecursionError) as fault:
        raise SourceUnreadable(f"{config.dump} is no JSON: {fault}") from fault
    if not isinstance(found, list):
        raise SourceUnreadable(f"{config.dump} is no list of objects; expected is what `manage.py dumpdata` prints")
    return found
