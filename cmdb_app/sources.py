"""Sources the program runs by itself: this machine, and the demo estate."""

from collections.abc import Callable

from change_gate.door import Door
from cmdb.model.actor import Actor, Role
from discovery.run import RunReport, run_source
from discovery.sources.host.collect import HostSource
from discovery.sources.host.model import SOURCE_NAME, HostConfig

Tell = Callable[[int, int | None, str], None]

HOST_AGENT = Actor("agent:host", frozenset({Role.AGENT}), SOURCE_NAME)


def observe_host(door: Door, tell: Tell | None = None, *, packages: bool = False) -> RunReport:
    """Sends what this machine runs down the road, as the source `host`."""
    return run_source(HostSource(), HostConfig(packages=packages), door, HOST_AGENT, tell)


def load_everything(door: Door, actor: Actor, tell: Tell | None = None) -> list[RunReport]:
    """The demo estate as `actor`, who may write for every source; then this machine."""
    from discovery.demo import load_demo

    return [load_demo(door, actor, tell), observe_host(door, tell)]
