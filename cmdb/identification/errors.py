"""Faults of a whole batch, and the codes of faults of single observations."""

from cmdb.kernel.errors import CmdbError, Conflict, InvalidInput


class BadBatch(InvalidInput):
    """The batch as a whole cannot be taken: its source, scope or key is malformed."""

    code = "bad-batch"
    title = "The batch is not valid"


class BatchTooLarge(CmdbError):
    """More observations than one request may carry."""

    code = "batch-too-large"
    status = 413
    title = "The batch is too large"


class BadReference(InvalidInput):
    """An observation's `ref` is empty, too long or not plain text."""

    code = "bad-ref"
    title = "The reference is not valid"


class DuplicateReference(Conflict):
    """Two observations of one batch have the same `ref`; the first is taken, the others are refused."""

    code = "duplicate-ref"
    title = "The batch holds this reference twice"


class TypeChange(Conflict):
    """The observation names another type than the item has; an item keeps the type it was created with (decision 0043)."""

    code = "type-change"
    title = "An item keeps its type"


class ItemExists(Conflict):
    """A person created an item whose identifying values belong to an item that is there already."""

    code = "item-exists"
    title = "The item is there already"


class AmbiguousItem(Conflict):
    """The observation may speak of several items, or contradicts the one it names; a person decides, nothing is guessed."""

    code = "ambiguous-item"
    title = "It is not clear which item is meant"


class ItemIdNotAllowed(InvalidInput):
    """An agent named an item by its id. Agents name things by their own `ref`; the CMDB finds the item."""

    code = "item-id-not-allowed"
    title = "Agents cannot name items by id"
