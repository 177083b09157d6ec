"""Why an observation, or one of its relationships, does not become an edit."""

from cmdb.kernel.errors import CmdbError, Conflict, InvalidInput, NotFound


class RevisionMismatch(CmdbError):
    """The edit expected another revision of the item (If-Match)."""

    code = "revision-mismatch"
    status = 412
    title = "The item has been changed in the meantime"


class UnknownItem(NotFound):
    """No item, live or retired, has this id."""

    code = "unknown-item"
    title = "There is no such item"


class BadRelation(InvalidInput):
    """A relationship names no other end, two, or the item itself."""

    code = "bad-relation"
    title = "The relationship is not valid"


class UnknownReference(NotFound):
    """The other end of a relationship is not live: this source never sent the ref, or the item is retired, held or refused."""

    code = "unknown-reference"
    title = "The other end of the relationship is not there"


class CyclicParts(Conflict):
    """The relationship would close a cycle in a type that must not have one: an item would be a part of itself."""

    code = "cyclic-parts"
    title = "The relationship would close a cycle"


class Outranked(Conflict):
    """What a person said is kept, but the type's precedence believes another source first. A notice, not a refusal."""

    code = "outranked"
    title = "Another source is believed first"


class ClaimedElsewhere(Conflict):
    """The relationship stays, because other sources claim it too."""

    code = "claimed-elsewhere"
    title = "Other sources still claim it"
