"""A NetBox dump to observations. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cmdb.model.observation import Observation
from discovery.source import SourceProblem
from discovery.sources.netbox.devices import Devices
from discovery.sources.netbox.model import READ, Dump, Fields
from discovery.sources.netbox.networks import observe_machines, observe_networks
from discovery.sources.netbox.places import observe_places


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a dump holds: observations, objects by model that are not read, and what could not be used."""

    observations: tuple[Observation, ...]
    passed_over: Counter[str]
    problems: tuple[SourceProblem, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing was lost."""
        return not any(problem.lost for problem in self.problems)


def index(objects: Iterable[Any], instance: str) -> tuple[Dump, Counter[str], list[SourceProblem]]:
    """The objects by model and key; models that are not read, counted; objects that are none."""
    models: dict[str, dict[int, Fields]] = {name: {} for name in READ}
    passed: Counter[str] = Counter()
    problems: list[SourceProblem] = []
    for place, one in enumerate(objects):
        model = one.get("model") if isinstance(one, dict) else None
        if not isinstance(model, str):
            problems.append(SourceProblem("not-an-object", f"entry {place}", "an entry is an object with model, pk and fields"))
        elif model not in models:
            passed[model] += 1
        elif isinstance(one.get("pk"), int) and isinstance(one.get("fields"), dict):
            models[model][one["pk"]] = one["fields"]
        else:
            problems.append(SourceProblem("not-an-object", f"entry {place}, {model}", "it has no whole-number pk or no fields"))
    return Dump(models, instance), passed, problems


def parse(objects: Iterable[Any], instance: str = "netbox") -> Parsed:
    """All observations. A part of the dump that does not hold together costs that part, and is told."""
    dump, passed, problems = index(objects, instance)
    parts: list[tuple[str, Callable[[], Iterator[Observation]]]] = [
        ("places", lambda: observe_places(dump)),
        ("devices", lambda: Devices(dump).observe()),
        ("networks", lambda: observe_networks(dump)),
        ("machines", lambda: observe_machines(dump)),
    ]
    found: list[Observation] = []
    for name, observe in parts:
        try:
            found.extend(observe())
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            detail = f"the objects are not those of a NetBox 3 or 4 dump: {type(fault).__name__} {fault}"
            problems.append(SourceProblem("not-a-netbox-dump", name, detail[:500]))
    return Parsed(tuple(found), passed, tuple(problems))
