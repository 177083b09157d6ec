"""The engine scenarios are numbered, so that a report can name them: no number twice, none left out."""

import re
from pathlib import Path

LEAST = 40  # what certifying an engine needs at least


def test_every_scenario_has_its_own_number_and_none_is_missing() -> None:
    numbers = []
    for path in Path(__file__).parent.glob("test_scenarios_*.py"):
        numbers += re.findall(r"^def test_s(\d+)_", path.read_text(encoding="utf-8"), re.MULTILINE)
    found = sorted(int(number) for number in numbers)
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= LEAST
