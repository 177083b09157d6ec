"""Ids by number: those of the base array and those added since."""

import numpy as np

from cmdb.impact.identity import IdTable


def table(*later: str) -> IdTable:
    found = IdTable(np.array([b"a", b"bb", b"\xc3\xbc"], dtype=np.bytes_))
    for one in later:
        found.add(one)
    return found


def test_names_of_many_numbers_in_the_order_asked() -> None:
    for ids in (table(), table("x", "yy")):
        numbers = [2, 0, 0, *range(3, len(ids)), 1]
        assert ids.names(numbers) == ids.names(np.array(numbers, np.int32)) == [ids.name(one) for one in numbers]
        assert ids.names([]) == ids.names(np.empty(0, np.int32)) == []
    assert table("x").names(one for one in (3, 2)) == ["x", "ü"]
    empty = IdTable(np.zeros(0, "S1"))
    empty.add("new")
    assert empty.names([0]) == ["new"]
