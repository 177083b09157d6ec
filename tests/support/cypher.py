"""Statements for tests, without files."""

from cmdb.store.statements import Statement


def reading(text: str) -> Statement:
    """A read statement with this text on both engines."""
    return Statement("test_read", "read", (), (), text)


def writing(text: str) -> Statement:
    """A write statement with this text on both engines."""
    return Statement("test_write", "write", (), (), text)


# Bounded by nothing but time on either engine, and holds no lock.
ENDLESS = reading("UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a * b = -1 RETURN count(*) AS n")
