"""What an error means, and whether it is worth another attempt."""

import pytest
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    ConnectionAcquisitionTimeoutError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)

from cmdb.store.deadline import Deadline
from cmdb.store.faults import Fault, fault_of
from cmdb.store.retry import FIRST_USE_ATTEMPTS, Patience, Retry

CONFLICT = "Neo.TransientError.Transaction.DeadlockDetected"
SEMANTIC = "Neo.ClientError.Statement.SemanticError"
CONSTRAINT = "Neo.ClientError.Schema.ConstraintValidationFailed"


def answer(code: str, message: str = "said the engine") -> Neo4jError:
    """The error as the driver makes it of an engine's answer."""
    error: Neo4jError = Neo4jError._hydrate_neo4j(code=code, message=message)
    return error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (IncompleteCommit("lost"), Fault.UNKNOWN_OUTCOME),
        (ServiceUnavailable("refused"), Fault.UNREACHABLE),
        (SessionExpired("gone"), Fault.UNREACHABLE),
        (ConnectionAcquisitionTimeoutError("pool"), Fault.UNREACHABLE),
        (ConfigurationError("odd"), Fault.REFUSED),
        (answer(CONFLICT), Fault.CONFLICT),
        (answer(CONFLICT, "Query not started because it waited 30000ms in the queue"), Fault.UNREACHABLE),
        (answer("Neo.TransientError.Database.DatabaseUnavailable"), Fault.UNREACHABLE),
        (answer("Neo.DatabaseError.General.UnknownError", "Slot rebase not possible. Please retry the operation"), Fault.CONFLICT),
        (answer(CONSTRAINT), Fault.DUPLICATE),
        (answer(CONSTRAINT, "Cannot delete node<1>, because it still has relationships."), Fault.REFUSED),
        (answer("Neo.ClientError.Transaction.TransactionTimedOut"), Fault.TIMED_OUT),
        (answer("Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration"), Fault.TIMED_OUT),
        (answer("Neo.TransientError.Transaction.Terminated"), Fault.TIMED_OUT),
        (answer("Neo.TransientError.Transaction.LockClientStopped"), Fault.TIMED_OUT),
        (answer("Neo.ClientError.Security.Unauthorized"), Fault.SIGN_IN),
        (answer(SEMANTIC, "Error executing Cypher command: CREATE (:New)"), Fault.FIRST_USE),
        (answer(SEMANTIC, "Variable `x` not defined"), Fault.REFUSED),
        (answer("Neo.ClientError.Statement.SyntaxError"), Fault.REFUSED),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else type(value).__name__,
)
def test_fault_of(error: Neo4jError | DriverError, fault: Fault) -> None:
    assert fault_of(error) is fault


def test_sign_in_is_an_auth_error() -> None:
    assert isinstance(answer("Neo.ClientError.Security.Unauthorized"), AuthError)


def retry(engine: str = "arcadedb", seconds: float = 60.0, **patience: float) -> Retry:
    return Retry(Patience(**patience), engine, Deadline(seconds))


def test_conflicts_are_tried_again_with_growing_waits() -> None:
    one = retry(jitter=0.0)
    waits = []
    for _ in range(8):
        assert one.again(Fault.CONFLICT, "lost")
        waits.append(round(one.wait, 3))
    assert waits == [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0]


def test_waits_are_spread() -> None:
    waits = set()
    for _ in range(20):
        one = retry()
        one.again(Fault.CONFLICT, "lost")
        waits.add(one.wait)
    assert len(waits) > 10
    assert all(0.01 <= wait <= 0.03 for wait in waits)


def test_no_attempt_is_begun_that_cannot_end_in_time() -> None:
    one = retry(seconds=0.02)
    assert not one.again(Fault.CONFLICT, "lost")


def test_the_unreachable_are_given_up_soon() -> None:
    one = retry(unreachable=-1.0)
    assert not one.again(Fault.UNREACHABLE, "refused")
    assert retry().again(Fault.UNREACHABLE, "refused")


@pytest.mark.parametrize("fault", [Fault.UNKNOWN_OUTCOME, Fault.TIMED_OUT, Fault.SIGN_IN, Fault.REFUSED])
def test_what_would_end_the_same_or_be_unsafe_is_not_tried_again(fault: Fault) -> None:
    assert not retry().again(fault, "said")


def test_a_duplicate_is_believed_at_once_on_neo4j() -> None:
    assert not retry("neo4j").again(Fault.DUPLICATE, "k1")


def test_a_duplicate_is_believed_on_arcadedb_when_the_same_key_is_refused_twice() -> None:
    one = retry()
    assert one.again(Fault.DUPLICATE, "k1")
    assert one.again(Fault.DUPLICATE, "k2")
    assert not one.again(Fault.DUPLICATE, "k2")


def test_first_use_of_a_label_is_tried_a_few_times() -> None:
    one = retry()
    answers = [one.again(Fault.FIRST_USE, "same") for _ in range(FIRST_USE_ATTEMPTS)]
    assert answers == [True] * (FIRST_USE_ATTEMPTS - 1) + [False]
