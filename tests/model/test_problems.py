"""Problems and their codes."""

from pathlib import Path

import pytest

from cmdb.model.problems import Code, problem, shorten

ERRORS = Path(__file__).parents[2] / "docs" / "errors"


@pytest.mark.parametrize("code", Code)
def test_every_code_has_a_page_that_says_what_to_do(code: Code) -> None:
    text = (ERRORS / f"{code}.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert str(code) in text.splitlines()[0]
    assert "What to do" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        ("x" * 100, "'" + "x" * 80 + "' ... (100 characters)"),
        ("\ud800", "'\\ud800'"),
        (b"\xff", "b'\\xff'"),
        ([1, 2], "a list of 2"),
        ({}, "a dict of 0"),
        (2**300, "a number of 301 bits"),
        (True, "True"),
        (1.5, "1.5"),
        (None, "None"),
    ],
)
def test_values_are_shown_short(value: object, text: str) -> None:
    assert shorten(value) == text


def test_a_hidden_value_is_nowhere() -> None:
    found = problem(Code.SECRET_IN_CLEAR, "database", "password", "hunter2", "must not be here", shown=False)
    assert "hunter2" not in repr(found)
    assert found.message == "database.password: the value must not be here [secret-in-clear]"
