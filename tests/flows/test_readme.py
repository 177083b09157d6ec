"""The README's questions give the printed answers on the demo estate."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from discovery.demo.load import load_demo
from tests.support.api import ROOT, Api

README = (Path(__file__).parents[2] / "README.md").read_text()
QUESTIONS = re.findall(r"```graphql\n(.*?)```\s*```json\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def demo(api: Api) -> Api:
    """The app with the demo estate."""
    report = load_demo(api.services.door, ROOT)
    assert not report.failed
    api.services.nudge()
    return api


def unordered(value: Any) -> Any:
    """The answer with lists in one order: what ranks alike comes by id, and ids differ from load to load."""
    if isinstance(value, dict):
        return {key: unordered(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted((unordered(one) for one in value), key=json.dumps)
    return value


def test_there_are_three_questions() -> None:
    assert len(QUESTIONS) == 3


@pytest.mark.parametrize("number", range(3))
def test_a_question_gives_the_printed_answer(demo: Api, number: int) -> None:
    query, printed = QUESTIONS[number]
    if "impact(" in query:  # the index follows the ledger: wait for what has been loaded
        head = demo.services.ledger.head().seq
        demo.services.impact.view(at_least=head, wait=20)
    answer = demo.post("/graphql", "viewer", json={"query": query}).json()
    assert unordered(answer) == unordered(json.loads(printed))


def test_a_root_by_name_must_mean_one_item(demo: Api) -> None:
    """Names that mean nothing or several things are told, not guessed."""
    for name, code, word in (("no-such-thing", "impact-root-unknown", "no-such-thing"), ("payments-api", "bad-argument", "several")):
        query = "query Q($name: String!) { impact(roots: [{name: $name}]) { total } }"
        error = demo.post("/graphql", "viewer", json={"query": query, "variables": {"name": name}}).json()["errors"][0]
        assert error["extensions"]["code"] == code
        assert word in error["message"]
