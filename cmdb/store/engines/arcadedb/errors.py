"""What can go wrong when the embedded engine starts."""

from cmdb.kernel.errors import CmdbError


class EngineInUse(CmdbError):
    """Another process already runs an engine on this data directory."""

    code = "engine-in-use"
    status = 503
    title = "The data directory is in use"


class EngineStartFailed(CmdbError):
    """The engine's process ended or did not answer in time."""

    code = "engine-start-failed"
    status = 503
    title = "The graph engine did not start"


class EngineNotInstalled(CmdbError):
    """The wheel with the embedded engine is not installed on this platform."""

    code = "engine-not-installed"
    status = 500
    title = "The embedded graph engine is not installed"


class EngineCommandRefused(CmdbError):
    """The engine's control port refused a command."""

    code = "engine-command-refused"
    status = 500
    title = "The graph engine refused a command"
