"""Refusals of the store. Each keeps one fact that a caller must act on: try again, look up, free a resource, or correct the request."""

from cmdb.kernel.errors import CmdbError, Conflict, InvalidInput


class StoreUnavailable(CmdbError):
    """The graph engine does not answer; nothing was written."""

    code = "store-unavailable"
    status = 503
    title = "The graph engine does not answer"


class OutcomeUnknown(CmdbError):
    """The connection broke while a commit was under way: the write may or may not have happened."""

    code = "outcome-unknown"
    status = 503
    title = "The outcome of the write is not known"


class QueryTimedOut(CmdbError):
    """A statement did not finish in its time; nothing of it was kept."""

    code = "query-timed-out"
    status = 503
    title = "The query took too long"


class WriteConflict(CmdbError):
    """A write met others on the same data again and again until its time for retries was over."""

    code = "write-conflict"
    status = 503
    title = "Too many writers on the same data"


class AlreadyExists(Conflict):
    """A uniqueness constraint refused a second node with the same key."""

    code = "already-exists"
    title = "There is already one with this key"


class StatementFailed(CmdbError):
    """The engine refused a statement of ours: a defect, or a value it cannot hold."""

    code = "statement-failed"
    status = 500
    title = "The graph engine refused a statement"


class UnstorableValue(InvalidInput):
    """A value has no form that the engine could store: an integer beyond 64 bits, a lone surrogate, an object."""

    code = "unstorable-value"
    title = "A value cannot be stored"


class UnknownEngine(CmdbError):
    """The server behind the address is neither ArcadeDB nor Neo4j, or too old."""

    code = "unknown-engine"
    status = 500
    title = "The graph engine is not one that we support"


class SignInRefused(CmdbError):
    """The engine refused user or password."""

    code = "engine-sign-in-refused"
    status = 500
    title = "The graph engine refused our sign-in"
