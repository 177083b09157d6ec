"""JSON no looser than RFC 8259."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb_app.ingest.strict_json import DuplicateJsonName, JsonTooDeep, MalformedJson, holds_nul, read_json


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", MalformedJson),
        (b"{", MalformedJson),
        (b'{"a": 1', MalformedJson),
        (b'{"a": NaN}', MalformedJson),
        (b'{"a": -Infinity}', MalformedJson),
        (b'{"a": 1e999}', MalformedJson),
        (b"[" + b"9" * 5000 + b"]", MalformedJson),
        (b'{"a": 1} x', MalformedJson),
        (b"\xff\xfe", MalformedJson),
        (b'{"a": 1, "a": 2}', DuplicateJsonName),
        (b'{"b": {"a": 1, "\\u0061": 2}}', DuplicateJsonName),
        (b"[" * 17 + b"]" * 17, JsonTooDeep),
        (b"[" * 100_000, JsonTooDeep),
    ],
)
def test_loose_json_is_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_json(data)


def test_sixteen_levels_are_read() -> None:
    value = read_json(b"[" * 16 + b"]" * 16)
    for _ in range(15):
        value = value[0]
    assert value == []


def test_the_line_is_told() -> None:
    with pytest.raises(MalformedJson, match="line 7") as caught:
        read_json(b'{"a"', line=7)
    assert caught.value.fields["line"] == 7


def test_a_cut_body_is_called_cut() -> None:
    with pytest.raises(MalformedJson, match="cut off"):
        read_json(b'{"a": 1, "b"')


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
    )
)
def test_nul_is_found_wherever_it_is(value: object) -> None:
    assert holds_nul(value) == ("\x00" in repr_text(value))


def repr_text(value: object) -> str:
    """All texts of a value joined."""
    if isinstance(value, list):
        return "".join(repr_text(one) for one in value)
    return value if isinstance(value, str) else ""
