"""What an agent cannot do anything about by itself."""

from cmdb.kernel.errors import CmdbError, InvalidInput, Unauthenticated


class AgentMisconfigured(InvalidInput):
    """The agent's settings make no sense."""

    code = "agent-misconfigured"
    title = "The agent's settings are not valid"


class AgentRejected(Unauthenticated):
    """The server does not accept the agent's token, or not for this source. Asking again would not help; what was collected stays in the
    spool."""

    code = "agent-rejected"
    title = "The server does not accept this agent"


class ServerUnreachable(CmdbError):
    """The server could not be reached, or answered that it cannot take the batch now, for as long as the agent may wait."""

    code = "server-unreachable"
    status = 503
    title = "The server cannot be reached"
