"""A moment of the past as callers name it, and the sequence number it stands for."""

from strawberry import UNSET

from cmdb_graphql.context import Context
from cmdb_graphql.errors import BadArgument
from cmdb_graphql.filters import AsOfInput


def moment(context: Context, as_of: AsOfInput | None) -> int | None:
    """The sequence number an as-of stands for, None for now."""
    if as_of is None:
        return None
    seq = None if as_of.seq is UNSET or as_of.seq is None else int(as_of.seq)
    time = None if as_of.time is UNSET or as_of.time is None else str(as_of.time)
    if (seq is None) is (time is None):
        raise BadArgument("asOf takes either seq or time", argument="asOf")
    return context.rooms.reads.resolve(seq, time)
