"""Refusals of the ledger."""

from cmdb.kernel.errors import CmdbError, Conflict


class StalePlan(CmdbError):
    """What a plan was made from has moved on: a revision is another one, or the end of a new relationship is not live any more.

    `stale` lists `{"id", "expected", "found"}`; revision 0 stands for "not live". Replan and commit again.
    """

    code = "stale-version"
    status = 412
    title = "It has been changed in the meantime"


class IdentifierTaken(Conflict):
    """An identifier in the plan belongs to another item. `taken` lists `{"key", "item_id"}`."""

    code = "identifier-taken"
    title = "An identifier belongs to another item"


class IdempotencyKeyReused(CmdbError):
    """The idempotency key came before with another body."""

    code = "idempotency-key-reused"
    status = 422
    title = "This idempotency key was used for another request"


class TypeIsFixed(Conflict):
    """A live item cannot take another type: its node keeps the labels it was created with (design 4). Retire it and create another."""

    code = "item-type-fixed"
    title = "The type of an item cannot be changed"


class LedgerBroken(CmdbError):
    """The live graph does not hold what the ledger says: somebody altered the engine's data by another way. `cmdb verify` names it."""

    code = "ledger-broken"
    status = 500
    title = "The graph does not agree with its ledger"
