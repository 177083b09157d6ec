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
    baseline = None if as_of.baseline is UNSET or as_of.baseline is None else str(as_of.baseline)
    if sum(one is not None for one in (seq, time, baseline)) != 1:
        raise BadArgument("asOf takes one of seq, time and baseline", argument="asOf")
    if baseline is not None:
        return int(context.rooms.baselines.points.baseline(baseline).seq)
    return context.rooms.reads.resolve(seq, time)
