"""What can go wrong when the parts are started."""

from cmdb.kernel.errors import CmdbError, Conflict


class AlreadyServing(Conflict):
    """A `cmdb serve` runs on this data directory already."""

    code = "already-serving"
    title = "The CMDB already runs on this data directory"


class NothingRunning(CmdbError):
    """A part that needs the embedded engines was started alone, and no `cmdb serve` runs them."""

    code = "nothing-running"
    status = 503
    title = "No CMDB runs on this data directory"


class PortTaken(Conflict):
    """The port that was asked for belongs to another process."""

    code = "port-taken"
    title = "The port is taken"


class PartFailed(CmdbError):
    """A process did not start, or kept ending."""

    code = "part-failed"
    status = 503
    title = "A part of the CMDB does not stay up"


class BrokerNotInstalled(CmdbError):
    """The wheel with the embedded broker is not installed on this platform."""

    code = "broker-not-installed"
    status = 500
    title = "The embedded broker is not installed"
