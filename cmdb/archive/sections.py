"""What a backup holds beside the history, and what it leaves out. A test holds this list against the labels of the migrations.

The live graph, `until` of versions and the ledger's head follow from the history and are made anew. Left out on purpose: sessions and
sign-in links (short-lived credentials), idempotency keys of requests that made no commit (a repeat does nothing again), and the schema.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """Nodes of one label. `of_items`: found by `item_id`, and only of items the history knows; else by `key`, a property each has.
    `secret`: holds password hashes or digests of tokens."""

    label: str
    key: str
    of_items: bool = False
    secret: bool = False


WORDS = (
    Section("Claim", "key", of_items=True),
    Section("Identifier", "key", of_items=True),
    Section("WeakIdentifier", "key", of_items=True),
)
"""Working state that commits alter: read while no commit is made."""

WAITING = (Section("Job", "id"), Section("JobChunk", "key"))
"""Accepted work: read before the history ends, so that what was finished meanwhile is done again under its key and changes nothing."""

PEOPLE = (Section("User", "name", secret=True), Section("Token", "id", secret=True))

INTAKE = Section("Intake", "key")

IN_HISTORY = frozenset({"Commit", "ItemVersion", "RelationVersion", "RecordVersion", "TypeVersion"})
DERIVED = frozenset({"Item", "Record", "LedgerHead"})
LEFT_OUT = frozenset({"Session", "SignInLink", "Migration", "Restore"})

ALL = (*WAITING, *WORDS, INTAKE, *PEOPLE)
