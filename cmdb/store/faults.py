"""What an engine's error means for us: one table for both engines. Pure."""

from enum import Enum, auto

from neo4j.exceptions import (
    AuthError,
    ConnectionAcquisitionTimeoutError,
    ConstraintError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from cmdb.store.deadline import stopped_waiting


class Fault(Enum):
    """What to do about an error."""

    CONFLICT = auto()  # another writer was faster: run the work again
    UNREACHABLE = auto()  # no connection, nothing committed: try again for a short while
    UNKNOWN_OUTCOME = auto()  # the answer to COMMIT was lost
    TIMED_OUT = auto()
    DUPLICATE = auto()  # uniqueness constraint
    FIRST_USE = auto()  # perhaps two transactions used a new label at the same time
    SIGN_IN = auto()
    REFUSED = auto()  # a defect of ours, or a value that the engine cannot hold


_TIMED_OUT = ("TransactionTimedOut", "ExecutionTimeout", "Transaction.Terminated", "TransactionTerminated", "LockClientStopped")
_NOT_STARTED = "Query not started"  # ArcadeDB's queue was full for too long; it comes with the code of a deadlock
_SOMETHING_FAILED = "Error executing Cypher command"  # ArcadeDB, cause kept to its log
_STILL_RELATED = "still has relationships"  # Neo4j counts a plain DELETE of such a node as a broken constraint
_RETRY = "Please retry the operation"  # ArcadeDB says so of every lost race, whatever the code


def fault_of(error: Neo4jError | DriverError) -> Fault:
    """Classify `error` as the driver raised it."""
    if isinstance(error, IncompleteCommit):
        return Fault.UNKNOWN_OUTCOME
    if isinstance(error, DriverError):
        if stopped_waiting(error):
            return Fault.TIMED_OUT
        if isinstance(error, SessionExpired | ServiceUnavailable | ConnectionAcquisitionTimeoutError):
            return Fault.UNREACHABLE
        return Fault.REFUSED
    return _fault_of_answer(error)


def _fault_of_answer(error: Neo4jError) -> Fault:
    code, message = error.code or "", error.message or ""
    if isinstance(error, ConstraintError):
        return Fault.REFUSED if _STILL_RELATED in message else Fault.DUPLICATE
    if isinstance(error, AuthError):
        return Fault.SIGN_IN
    if any(word in code for word in _TIMED_OUT):
        return Fault.TIMED_OUT
    if code.endswith("DatabaseUnavailable") or message.startswith(_NOT_STARTED):
        return Fault.UNREACHABLE
    if error.is_retryable() or _RETRY in message:
        return Fault.CONFLICT
    if code.endswith("SemanticError") and message.startswith(_SOMETHING_FAILED):
        return Fault.FIRST_USE
    return Fault.REFUSED
