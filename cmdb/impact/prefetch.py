"""Ask the processor to fetch memory ahead of its use, for kernels that jump through arrays greater than its caches.

A search knows the items it will come to next (they stand in its queue), but the processor cannot guess where their rows are. Told some
items ahead it fetches while others are worked on: a third of the time on a million items (decision 0054).
"""

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_READ, _KEEP_IN_ALL_CACHES, _DATA = 0, 3, 1


def _prefetch(_typing: Any, array: Any, index: Any) -> Any:
    """What the compiler asks of an intrinsic: its signature, and how its code is generated."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        address = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        function = cast(Any, cgutils).get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [byte, number, number, number]), "llvm.prefetch.p0i8"
        )
        builder.call(function, [address, number(_READ), number(_KEEP_IN_ALL_CACHES), number(_DATA)])
        return context.get_dummy_value()

    return types.void(array, index), generate


prefetch = cast(Callable[[Any, Any], None], intrinsic(_prefetch))
"""`prefetch(array, index)` in compiled code, for an array of one dimension: has no effect but on time, also where `index` lies outside
(LLVM's `llvm.prefetch`)."""
