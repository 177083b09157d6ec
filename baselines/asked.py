"""The names in a question of comparison: profiles and types, checked once when somebody asks, and what they stood for then."""

from collections.abc import Sequence

from baselines.profiles import BUILT_IN, Profile, check
from baselines.types_then import TypesThen, known_to
from cmdb.model.registry import Registry, UnknownType


def check_names(profile: Profile, types: Sequence[str], now: Registry, then: TypesThen) -> None:
    """Every name is one of the present or of one of the sides: what a slip names would be missing in silence.

    Raises `BadProfile`, `UnknownType`.
    """
    registries = (now, then.later, then.earlier)
    if profile.name not in BUILT_IN:
        check(profile, *registries)
    for name in types:
        if not known_to(name, registries):
            try:
                now.item(name)
            except UnknownType as problem:
                raise UnknownType(f"{problem.detail} and no relationship type either", name=name[:100]) from None


def types_named(names: Sequence[str], then: TypesThen) -> frozenset[str] | None:
    """The types that names stood for, None where all are wanted; a type of neither side names nothing of then."""
    return frozenset(one for name in names for one in then.concrete(name) or ()) if names else None
