"""What identification found out about each observation of a batch (design 2, between "identify" and "reconcile")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cmdb.model.item import Value
from cmdb.model.observation import Batch, Observation
from cmdb.model.outcome import Problem


class Verdict(StrEnum):
    """What an observation turned out to be."""

    SAME = "same"  # known, and the source says exactly what it said last time: only its claim is touched
    MATCHED = "matched"  # speaks of an item the CMDB knows
    NEW = "new"
    AMBIGUOUS = "ambiguous"  # may speak of several items, or contradicts the one it names: a person decides
    FAILED = "failed"  # something is wrong with it


DECIDED = "decided"
"""The rule of an observation that a person decided to be a new item."""


@dataclass(frozen=True, slots=True)
class Match:
    """One observation with what it speaks of.

    `item_id` is set unless it is ambiguous or failed (for `NEW` it is the id the item will get). `rule` names what matched: `ref`,
    `item_id` or an identification rule. `fields` are the observation's fields, checked and normalised, without those it withdraws;
    `withdrawn` names these. `strong` (its own ref's key first) and `weak` are the identifier keys it carries. `digest` covers everything
    the source said.
    """

    index: int
    observation: Observation
    verdict: Verdict
    item_id: str | None = None
    rule: str = ""
    candidates: tuple[str, ...] = ()
    reason: str = ""
    problems: tuple[Problem, ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)
    withdrawn: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Identified:
    """A batch with one match for each observation, in order.

    `refs` resolves every ref that the batch's relationships name: item ids of refs in the batch and of refs this source sent earlier.
    `strong_of` and `weak_of` are the identifier keys that matched items carry now; `owners` names the item each strong key of
    the batch belongs to.
    """

    batch: Batch
    matches: tuple[Match, ...]
    refs: Mapping[str, str] = field(default_factory=dict)
    strong_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    weak_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
