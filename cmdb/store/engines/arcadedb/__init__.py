"""ArcadeDB as a child process: the embedded default (design 4)."""

from cmdb.store.address import BoltAddress, read_address
from cmdb.store.engines.arcadedb.child import ADDRESS_FILE, ArcadeChild
from cmdb.store.engines.arcadedb.control import Control
from cmdb.store.engines.arcadedb.errors import EngineCommandRefused, EngineInUse, EngineNotInstalled, EngineStartFailed

__all__ = [
    "ADDRESS_FILE",
    "ArcadeChild",
    "BoltAddress",
    "Control",
    "EngineCommandRefused",
    "EngineInUse",
    "EngineNotInstalled",
    "EngineStartFailed",
    "read_address",
]
