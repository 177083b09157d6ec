"""Whether two names are one person's: at a terminal of the machine somebody is `local:ann`, in a browser `ann` or `Ann`."""

LOCAL = "local:"
"""Prefix of the names of people at a terminal of the machine."""


def plain_name(name: str) -> str:
    """The name for comparing: without the prefix of a terminal and without case."""
    return name.removeprefix(LOCAL).casefold()


def same_person(one: str | None, other: str | None) -> bool:
    """Whether both names are there and are one person's."""
    return one is not None and other is not None and plain_name(one) == plain_name(other)
