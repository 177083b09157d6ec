"""How firmly an item is held: the level of control follows the services it carries and its risk (requirement 9.1-13). Pure.

The type names the least level. The criticality of the services an item takes part in and the item's own criticality and risk raise it,
never lower it: low asks for `recorded`, medium for `managed`, high for `controlled`, critical for `strict`; high criticality together with
high risk asks for `strict` as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cmdb.model.registry import ResolvedType
from cmdb.model.types import ControlLevel

LEVELS = tuple(ControlLevel)
"""Weakest first."""
GRADES = ("low", "medium", "high", "critical")
"""Values of the attributes `criticality` and `risk`, least first; each asks for the level at its position."""


@dataclass(frozen=True, slots=True)
class Control:
    """The level of one item and why: each reason names what asked for that level."""

    level: ControlLevel
    reasons: tuple[str, ...]

    @property
    def needs_approval(self) -> bool:
        """Whether controlled fields change only under an approved change."""
        return self.level in (ControlLevel.CONTROLLED, ControlLevel.STRICT)


def control_of(
    resolved: ResolvedType, service_criticality: Iterable[str] = (), *, criticality: str | None = None, risk: str | None = None
) -> Control:
    """The level of control of an item of this type.

    `service_criticality` are the criticalities of the services it takes part in; unknown words ask for nothing.
    """
    asked = [(resolved.control_level, f"type {resolved.name}")]
    served = max((GRADES.index(one) for one in service_criticality if one in GRADES), default=-1)
    own = GRADES.index(criticality) if criticality in GRADES else -1
    danger = GRADES.index(risk) if risk in GRADES else -1
    for grade, what in ((served, "service criticality"), (own, "criticality"), (danger, "risk")):
        if grade >= 0:
            asked.append((LEVELS[grade], f"{what} {GRADES[grade]}"))
    if max(served, own) >= 2 and danger >= 2:
        asked.append((ControlLevel.STRICT, "high criticality with high risk"))
    level = max((level for level, _ in asked), key=LEVELS.index)
    return Control(level, tuple(why for one, why in asked if one is level))
