"""Prefetching of memory that is needed soon, so that several cache misses overlap."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from readkin.kernels.simd.vectors import vector_function


@vector_function
def prefetch(typing_context: Any, array: Any, index: Any) -> Any:
    """Prefetch ``array[index]`` (one-dimensional, contiguous) for reading.

    The index is not checked; prefetching beyond the end is harmless.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), cgutils.voidptr_t)
        number = ir.IntType(32)
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number]),
            "llvm.prefetch.p0i8",
        )
        is_write, keep_in_all_caches, is_data = (ir.Constant(number, n) for n in (0, 3, 1))
        builder.call(function, [address, is_write, keep_in_all_caches, is_data])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate
