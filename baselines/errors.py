"""Refusals about baselines."""

from cmdb.kernel.errors import CmdbError, Conflict, Forbidden, InvalidInput, NotFound


class BaselineNotFound(NotFound):
    """No baseline has this id or name."""

    code = "baseline-not-found"
    title = "There is no such baseline"


class BaselineNameTaken(Conflict):
    """Another baseline has this name; names are for ever, whatever their case."""

    code = "baseline-name-taken"
    title = "Another baseline has this name"


class BadBaseline(InvalidInput):
    """The name, purpose or reason is not one."""

    code = "bad-baseline"
    title = "This baseline cannot be taken as asked"


class BaselineInFuture(InvalidInput):
    """The point to be designated has not come yet, or lies before the first commit."""

    code = "baseline-in-future"
    title = "There is nothing to designate at this point"


class EmptyScope(InvalidInput):
    """The scope names nothing that is there at the commit."""

    code = "scope-names-nothing"
    title = "Nothing is in this scope"


class AmbiguousScope(Conflict):
    """Several items have the name a question is about; `items` lists their ids."""

    code = "scope-ambiguous"
    title = "Several items have this name"


class BadScope(InvalidInput):
    """The scope is not one: parts are missing, do not belong together, or name what no type has."""

    code = "bad-scope"
    title = "This scope is not valid"


class ScopeTooLarge(CmdbError):
    """A scope that is worked out item by item holds more than is held in memory; `limit` says how many."""

    code = "scope-too-large"
    status = 422
    title = "Too much is in this scope"


class BaselineStateRefused(Conflict):
    """The baseline's state does not allow this step."""

    code = "baseline-state"
    title = "The baseline's state does not allow this"


class OwnBaseline(Forbidden):
    """Who took a baseline may not approve it (four eyes)."""

    code = "own-baseline"
    title = "Somebody else must approve this baseline"


class BaselineWithdrawn(Conflict):
    """The baseline was withdrawn: it is no point to ask the past by. Its commit still is."""

    code = "baseline-withdrawn"
    title = "The baseline was withdrawn"


class NotSealed(Conflict):
    """The digest has not been computed yet, so nothing can be proved by it."""

    code = "baseline-not-sealed"
    title = "The baseline is not sealed yet"


class NotInBaseline(NotFound):
    """The item or relationship is not in the baseline's scope, or was not there."""

    code = "not-in-baseline"
    title = "The baseline does not hold this"


class BadProof(InvalidInput):
    """The file is no proof of membership."""

    code = "bad-proof"
    title = "This is no proof of membership"


class SealBroken(Conflict):
    """What the ledger holds now does not give the digest the baseline was sealed with."""

    code = "seal-broken"
    title = "The ledger does not give the sealed digest any more"
