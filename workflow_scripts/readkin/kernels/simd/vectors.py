"""Explicit SIMD vectors for Numba: one value holding as many integers as a vector register.

A `VectorType` is an LLVM vector (`<64 x i8>`, `<32 x i16>` ...) as a first-class value of a kernel:
it lives in registers, and each function below becomes one vector instruction. LLVM splits a
vector that is wider than the processor's registers, so a kernel gives the same answer everywhere;
`VECTOR_BYTES` only decides how fast. Numbers are unsigned and wrap around. The element type follows
the array that a vector is loaded from; arrays are one-dimensional and contiguous, and indices count
elements.

The `emit_` functions write LLVM code and are for functions that are generated for a number of
vectors at a time, held in a tuple (smith_waterman_wavefront.py).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.registry import cpu_target
from numba.extending import intrinsic, register_model


def _processor_features() -> list[str]:
    """What the processor that Numba compiles for can do, as LLVM names it: +avx2, -avx512bw ..."""
    # Numba's cache index holds these same features, so a machine never loads another one's kernels.
    return cpu_target.target_context.codegen().magic_tuple()[2].split(",")


# The widest byte-wise registers; with half of them (SSE, NEON) LLVM uses two for each vector.
VECTOR_BYTES = 64 if "+avx512bw" in _processor_features() else 32


def _byte_shuffle() -> str:
    """LLVM's name of the processor's instruction by which bytes pick one of 16; "" if none."""
    if VECTOR_BYTES == 64:
        return "llvm.x86.avx512.pshuf.b.512"
    return "llvm.x86.avx2.pshuf.b" if "+avx2" in _processor_features() else ""


BYTE_SHUFFLE = _byte_shuffle()


class VectorType(types.Type):
    """Integers of `bits` bits that fill VECTOR_BYTES."""

    def __init__(self, bits: int, lanes: int) -> None:
        self.bits = bits
        self.lanes = lanes
        super().__init__(name=f"vector<{lanes} x i{bits}>")


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: VectorType) -> None:
        super().__init__(manager, vector, llvm_vector(vector))


def vector_function(typing: Callable[..., Any]) -> Any:
    """An intrinsic: a function that kernels alone can call, on types that only Numba knows."""
    return intrinsic(typing)


def llvm_vector(vector: VectorType) -> ir.VectorType:
    """The vector as LLVM's type."""
    return ir.VectorType(ir.IntType(vector.bits), vector.lanes)


def vector_of(array: Any) -> VectorType | None:
    """Vector type for the elements of an array type; None (no match) for anything else."""
    if not (isinstance(array, types.Array) and isinstance(array.dtype, types.Integer)):
        return None
    bits = 8 * np.dtype(str(array.dtype)).itemsize
    return VectorType(bits, VECTOR_BYTES * 8 // bits)


def lane_count(dtype: Any) -> int:
    """How many numbers of this type a vector holds."""
    return VECTOR_BYTES // np.dtype(dtype).itemsize


def aligned_zeros(elements: int, dtype: Any) -> np.ndarray:
    """Zeros that begin at a vector boundary: an access that straddles cache lines costs double."""
    itemsize = np.dtype(dtype).itemsize
    raw = np.zeros(elements * itemsize + VECTOR_BYTES, dtype=np.uint8)
    start = -raw.ctypes.data % VECTOR_BYTES
    return raw[start : start + elements * itemsize].view(dtype)


def emit_pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """LLVM code for the address of array[index]."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index], inbounds=True)


def emit_load(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """LLVM code for the vector of the elements from array[index] on."""
    pointer = emit_pointer(context, builder, array_type, array, index)
    element = pointer.type.pointee
    vector = ir.VectorType(element, VECTOR_BYTES * 8 // element.width)
    value = builder.load(builder.bitcast(pointer, vector.as_pointer()))
    value.align = 1
    return value


def _emit_lanewise(builder: Any, operation: str, *vectors: Any) -> Any:
    """LLVM code for one of LLVM's own functions of vectors of one type that gives such a vector."""
    vector = vectors[0].type
    name = f"llvm.{operation}.v{vector.count}i{vector.element.width}"
    signature = ir.FunctionType(vector, [vector] * len(vectors))
    return builder.call(cgutils.get_or_insert_function(builder.module, signature, name), vectors)


def emit_maximum(builder: Any, left: Any, right: Any) -> Any:
    """LLVM code for the lane-wise larger number."""
    return _emit_lanewise(builder, "umax", left, right)


def emit_splat(builder: Any, vector: Any, element: Any) -> Any:
    """LLVM code for the same number in every lane."""
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, element, ir.Constant(ir.IntType(32), 0))
    every = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None)
    return builder.shuffle_vector(first, undefined, every)


@vector_function
def load(typing_context: Any, array: Any, index: Any) -> Any:
    """Vector of the elements from array[index] on."""
    vector = vector_of(array)
    if vector is None:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return emit_load(context, builder, signature.args[0], *arguments)

    return vector(array, types.intp), generate


@vector_function
def store(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Write a vector to array[index] and on."""
    if value != vector_of(array):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = emit_pointer(context, builder, signature.args[0], *arguments[:2])
        pointer = builder.bitcast(pointer, llvm_vector(value).as_pointer())
        builder.store(arguments[2], pointer).align = 1
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


@vector_function
def splat(typing_context: Any, array: Any, number: Any) -> Any:
    """The same number in every lane of a vector of the array's element type."""
    vector = vector_of(array)
    if vector is None:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = llvm_vector(vector)
        return emit_splat(builder, whole, builder.trunc(arguments[1], whole.element))

    return vector(array, types.int64), generate


def _binary(name: str, emit: Callable[[Any, Any, Any], Any], explanation: str) -> Any:
    """An intrinsic of two vectors of one type that gives such a vector."""

    def typing(typing_context: Any, left: Any, right: Any) -> Any:
        if not isinstance(left, VectorType) or left != right:
            return None

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return emit(builder, *arguments)

        return left(left, right), generate

    typing.__name__ = name
    typing.__doc__ = explanation
    return vector_function(typing)


add = _binary("add", lambda builder, *both: builder.add(*both), "Lane-wise sum.")
subtract = _binary("subtract", lambda builder, *both: builder.sub(*both), "Lane-wise difference.")
maximum = _binary("maximum", emit_maximum, "Lane-wise larger number.")
minimum = _binary(
    "minimum",
    lambda builder, *both: _emit_lanewise(builder, "umin", *both),
    "Lane-wise smaller number.",
)
both_bits = _binary("both_bits", lambda builder, *both: builder.and_(*both), "Bitwise and.")
any_bits = _binary("any_bits", lambda builder, *both: builder.or_(*both), "Bitwise or.")
unequal_bits = _binary(
    "unequal_bits", lambda builder, *both: builder.xor(*both), "Bitwise exclusive or."
)


def _shift(name: str, emit: Callable[[Any, Any, Any], Any], explanation: str) -> Any:
    """An intrinsic that shifts all lanes by one number of bits, less than a lane has."""

    def typing(typing_context: Any, vector: Any, bits: Any) -> Any:
        if not isinstance(vector, VectorType):
            return None

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            lanes = arguments[0].type
            width = ir.IntType(lanes.element.width)
            number = arguments[1]
            if width.width < number.type.width:
                number = builder.trunc(number, width)
            return emit(builder, arguments[0], emit_splat(builder, lanes, number))

        return vector(vector, types.int64), generate

    typing.__name__ = name
    typing.__doc__ = explanation
    return vector_function(typing)


shift_left = _shift(
    "shift_left", lambda builder, *both: builder.shl(*both), "Lanes times 2 ** bits."
)
shift_right = _shift(
    "shift_right", lambda builder, *both: builder.lshr(*both), "Lanes divided by 2 ** bits."
)


@vector_function
def count_ones(typing_context: Any, vector: Any) -> Any:
    """Bits of each lane that are 1."""
    if not isinstance(vector, VectorType):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _emit_lanewise(builder, "ctpop", arguments[0])

    return vector(vector), generate


@vector_function
def total(typing_context: Any, vector: Any) -> Any:
    """Sum of all lanes, int64; it wraps around within the bits of a lane."""
    if not isinstance(vector, VectorType):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = arguments[0].type
        name = f"llvm.vector.reduce.add.v{lanes.count}i{lanes.element.width}"
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(lanes.element, [lanes]), name
        )
        found = builder.call(function, [arguments[0]])
        return found if lanes.element.width == 64 else builder.zext(found, ir.IntType(64))

    return types.int64(vector), generate


@vector_function
def as_shorts(typing_context: Any, vector: Any) -> Any:
    """The same bits as lanes of uint16, the lowest of a lane first."""
    if not isinstance(vector, VectorType):
        return None
    shorts = VectorType(16, vector.bits * vector.lanes // 16)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], llvm_vector(shorts))

    return shorts(vector), generate


@vector_function
def ones_between(typing_context: Any, array: Any, first: Any, end: Any) -> Any:
    """A vector of the array's element type, taken as one row of bits, lowest of the first lane
    first: those from ``first`` on and before ``end`` are 1. Both may lie outside the row."""
    vector = vector_of(array)
    if vector is None:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.VectorType(ir.IntType(64), vector.lanes)
        lanes = llvm_vector(vector)
        starts = ir.Constant(wide, [vector.bits * lane for lane in range(vector.lanes)])
        width = ir.Constant(wide, [vector.bits] * vector.lanes)
        none = ir.Constant(wide, [0] * vector.lanes)
        every = ir.Constant(lanes, [2**vector.bits - 1] * vector.lanes)

        def within(number: Any) -> Any:
            """Bits of each lane that lie before the number."""
            before = builder.sub(emit_splat(builder, wide, number), starts)
            before = _emit_lanewise(builder, "smax", before, none)
            return _emit_lanewise(builder, "smin", before, width)

        def narrow(number: Any) -> Any:
            return number if lanes == wide else builder.trunc(number, lanes)

        # A shift by all bits has no meaning; what stands for it is chosen apart.
        zero = ir.Constant(lanes, [0] * vector.lanes)
        low, high = within(arguments[1]), within(arguments[2])
        from_first = builder.select(
            builder.icmp_signed("==", low, width), zero, builder.shl(every, narrow(low))
        )
        before_end = builder.select(
            builder.icmp_signed("==", high, none),
            zero,
            builder.lshr(every, narrow(builder.sub(width, high))),
        )
        return builder.and_(from_first, before_end)

    return vector(array, types.int64, types.int64), generate


@vector_function
def choose_equal(typing_context: Any, left: Any, right: Any, chosen: Any, other: Any) -> Any:
    """Per lane: `chosen` where left and right are equal, `other` elsewhere."""
    if not isinstance(left, VectorType) or not left == right == chosen == other:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        is_equal = builder.icmp_unsigned("==", *arguments[:2])
        return builder.select(is_equal, *arguments[2:])

    return left(left, right, chosen, other), generate


@vector_function
def look_up(typing_context: Any, table: Any, start: Any, index: Any) -> Any:
    """Per lane of bytes: table[start + index] for an index below 32.

    The table (uint8) holds 16 entries over and over in VECTOR_BYTES, then so the other 16, as the
    byte shuffles of x86 want them, which look up 16 entries at a time.
    """
    vector = vector_of(table)
    if vector is None or index != vector or vector.bits != 8:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, first, wanted = arguments

        def halves(offset: int) -> Any:
            return builder.add(first, ir.Constant(first.type, offset))

        def constant(number: int) -> Any:
            return ir.Constant(wanted.type, [number] * vector.lanes)

        if BYTE_SHUFFLE:
            shuffle = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(wanted.type, [wanted.type] * 2), BYTE_SHUFFLE
            )
            low, high = (
                builder.call(
                    shuffle,
                    [emit_load(context, builder, table, array, halves(offset)), wanted],
                )
                for offset in (0, VECTOR_BYTES)
            )
            return builder.select(builder.icmp_unsigned("<", wanted, constant(16)), low, high)
        found = constant(0)
        for entry in range(32):
            at = halves(entry if entry < 16 else VECTOR_BYTES + entry - 16)
            number = builder.load(emit_pointer(context, builder, table, array, at))
            every = emit_splat(builder, wanted.type, number)
            is_wanted = builder.icmp_unsigned("==", wanted, constant(entry))
            found = builder.select(is_wanted, every, found)
        return found

    return vector(table, types.intp, index), generate
