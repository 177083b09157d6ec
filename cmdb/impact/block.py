"""Copy numbers in blocks of one size in compiled code: one move of the processor's, and no loop whose length it would have to guess
(decision 0054)."""

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

BLOCK = 16


def _copy_block(_typing: Any, to: Any, at: Any, source: Any, since: Any) -> Any:
    """What the compiler asks of an intrinsic: its signature, and how its code is generated."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        block = ir.VectorType(ir.IntType(32), BLOCK).as_pointer()

        def place(array: int) -> Any:
            data = context.make_array(signature.args[array])(context, builder, arguments[array]).data
            return builder.bitcast(builder.gep(data, [arguments[array + 1]]), block)

        builder.store(builder.load(place(2), align=4), place(0), align=4)
        return context.get_dummy_value()

    return types.void(to, at, source, since), generate


copy_block = cast(Callable[[Any, Any, Any, Any], None], intrinsic(_copy_block))
"""`copy_block(to, at, source, since)`: `to[at:at + BLOCK] = source[since:since + BLOCK]`, for arrays of 32-bit numbers of one dimension.
Both must have that much room: nothing is checked."""
