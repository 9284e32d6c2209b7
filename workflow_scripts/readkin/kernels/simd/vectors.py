"""Explicit SIMD vectors for Numba: one value holds as many integers as a vector register.

A `VectorType` is an LLVM vector (`<64 x i8>`, `<32 x i16>` ...) as a first-class value of a kernel:
it stays in registers, and each function below becomes one vector instruction. LLVM splits a vector
that is wider than the processor's registers, so results are the same on every processor;
`VECTOR_BYTES` affects the speed only. Numbers are unsigned and wrap around. The element type is
that of the array from which a vector is loaded. Arrays are one-dimensional and contiguous, and
indices count elements.

The `emit_` functions generate LLVM code. Intrinsics that handle several vectors at a time use them
(smith_waterman/steps.py).
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
    """Return LLVM's features of the processor that Numba compiles for: +avx2, -avx512bw ..."""
    # Numba's cache index contains the same features: kernels of another processor are never loaded.
    return cpu_target.target_context.codegen().magic_tuple()[2].split(",")


# Width of the widest registers with byte-wise instructions. With registers half as wide (SSE,
# NEON), LLVM uses two for each vector.
VECTOR_BYTES = 64 if "+avx512bw" in _processor_features() else 32


def _byte_shuffle() -> str:
    """Return LLVM's name of the instruction that looks bytes up among 16; "" if there is none."""
    if VECTOR_BYTES == 64:
        return "llvm.x86.avx512.pshuf.b.512"
    return "llvm.x86.avx2.pshuf.b" if "+avx2" in _processor_features() else ""


BYTE_SHUFFLE = _byte_shuffle()


class VectorType(types.Type):
    """Numba type of a vector of `lanes` integers of `bits` bits each."""

    def __init__(self, bits: int, lanes: int) -> None:
        self.bits = bits
        self.lanes = lanes
        super().__init__(name=f"vector<{lanes} x i{bits}>")


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: VectorType) -> None:
        super().__init__(manager, vector, llvm_vector(vector))


def vector_function(typing: Callable[..., Any]) -> Any:
    """Return an intrinsic: a function of Numba types that can be called from kernels only."""
    return intrinsic(typing)


def llvm_vector(vector: VectorType) -> ir.VectorType:
    """Return the LLVM type of a vector."""
    return ir.VectorType(ir.IntType(vector.bits), vector.lanes)


def vector_of(array: Any) -> VectorType | None:
    """Return the vector type for the elements of an array type; None for any other type."""
    if not (isinstance(array, types.Array) and isinstance(array.dtype, types.Integer)):
        return None
    bits = 8 * np.dtype(str(array.dtype)).itemsize
    return VectorType(bits, VECTOR_BYTES * 8 // bits)


def lane_count(dtype: Any) -> int:
    """Return the number of lanes of a vector of this dtype."""
    return VECTOR_BYTES // np.dtype(dtype).itemsize


def aligned_zeros(elements: int, dtype: Any) -> np.ndarray:
    """Return zeros (elements,) whose memory begins at a vector boundary.

    A vector that straddles two cache lines takes twice as long to load or store.
    """
    itemsize = np.dtype(dtype).itemsize
    raw = np.zeros(elements * itemsize + VECTOR_BYTES, dtype=np.uint8)
    start = -raw.ctypes.data % VECTOR_BYTES
    return raw[start : start + elements * itemsize].view(dtype)


def emit_pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """Generate the address of array[index]."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index], inbounds=True)


def emit_load(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """Generate the load of the vector that begins at array[index]."""
    pointer = emit_pointer(context, builder, array_type, array, index)
    element = pointer.type.pointee
    vector = ir.VectorType(element, VECTOR_BYTES * 8 // element.width)
    value = builder.load(builder.bitcast(pointer, vector.as_pointer()))
    value.align = 1
    return value


def emit_store(
    context: Any, builder: Any, array_type: Any, array: Any, index: Any, value: Any
) -> None:
    """Generate the store of a vector to the elements that begin at array[index]."""
    pointer = emit_pointer(context, builder, array_type, array, index)
    builder.store(value, builder.bitcast(pointer, value.type.as_pointer())).align = 1


def _emit_lanewise(builder: Any, operation: str, *vectors: Any) -> Any:
    """Generate the call of an LLVM intrinsic whose arguments and result have one vector type."""
    vector = vectors[0].type
    name = f"llvm.{operation}.v{vector.count}i{vector.element.width}"
    signature = ir.FunctionType(vector, [vector] * len(vectors))
    return builder.call(cgutils.get_or_insert_function(builder.module, signature, name), vectors)


def emit_maximum(builder: Any, left: Any, right: Any) -> Any:
    """Generate the lane-wise maximum."""
    return _emit_lanewise(builder, "umax", left, right)


def emit_signed_maximum(builder: Any, left: Any, right: Any) -> Any:
    """Generate the lane-wise maximum of signed numbers."""
    return _emit_lanewise(builder, "smax", left, right)


def emit_add_saturated(builder: Any, left: Any, right: Any) -> Any:
    """Generate the lane-wise sum of signed numbers; the result saturates."""
    return _emit_lanewise(builder, "sadd.sat", left, right)


def emit_subtract_saturated(builder: Any, left: Any, right: Any) -> Any:
    """Generate the lane-wise difference of signed numbers; the result saturates."""
    return _emit_lanewise(builder, "ssub.sat", left, right)


def emit_splat(builder: Any, vector: Any, element: Any) -> Any:
    """Generate a vector with the same number in every lane."""
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, element, ir.Constant(ir.IntType(32), 0))
    every = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None)
    return builder.shuffle_vector(first, undefined, every)


@vector_function
def load(typing_context: Any, array: Any, index: Any) -> Any:
    """Load the vector that begins at array[index]."""
    vector = vector_of(array)
    if vector is None:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return emit_load(context, builder, signature.args[0], *arguments)

    return vector(array, types.intp), generate


@vector_function
def store(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Store a vector to the elements that begin at array[index]."""
    if value != vector_of(array):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        emit_store(context, builder, signature.args[0], *arguments)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


@vector_function
def store_bytes(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Store the lowest 8 bits of each lane to the bytes that begin at array[index]."""
    if not isinstance(value, VectorType) or value.bits == 8:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = ir.VectorType(ir.IntType(8), value.lanes)
        target, first, lanes = arguments
        narrowed = builder.trunc(lanes, whole)
        emit_store(context, builder, signature.args[0], target, first, narrowed)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


@vector_function
def splat(typing_context: Any, array: Any, number: Any) -> Any:
    """Return a vector of the array's element type with the same number in every lane."""
    vector = vector_of(array)
    if vector is None:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = llvm_vector(vector)
        return emit_splat(builder, whole, builder.trunc(arguments[1], whole.element))

    return vector(array, types.int64), generate


def _binary(name: str, emit: Callable[[Any, Any, Any], Any], explanation: str) -> Any:
    """Return an intrinsic of two vectors of one type; its result has the same type."""

    def typing(typing_context: Any, left: Any, right: Any) -> Any:
        if not isinstance(left, VectorType) or left != right:
            return None

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return emit(builder, *arguments)

        return left(left, right), generate

    typing.__name__ = name
    typing.__doc__ = explanation
    return vector_function(typing)


add = _binary("add", lambda builder, *both: builder.add(*both), "Return the lane-wise sum.")
subtract = _binary(
    "subtract", lambda builder, *both: builder.sub(*both), "Return the lane-wise difference."
)
maximum = _binary("maximum", emit_maximum, "Return the lane-wise maximum.")
minimum = _binary(
    "minimum",
    lambda builder, *both: _emit_lanewise(builder, "umin", *both),
    "Return the lane-wise minimum.",
)
both_bits = _binary(
    "both_bits", lambda builder, *both: builder.and_(*both), "Return the bitwise and."
)
any_bits = _binary("any_bits", lambda builder, *both: builder.or_(*both), "Return the bitwise or.")
unequal_bits = _binary(
    "unequal_bits", lambda builder, *both: builder.xor(*both), "Return the bitwise exclusive or."
)


def _shift(name: str, emit: Callable[[Any, Any, Any], Any], explanation: str) -> Any:
    """Return an intrinsic that shifts all lanes by the same number of bits.

    The number must be smaller than the width of a lane.
    """

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
    "shift_left", lambda builder, *both: builder.shl(*both), "Return the lanes times 2 ** bits."
)
shift_right = _shift(
    "shift_right",
    lambda builder, *both: builder.lshr(*both),
    "Return the lanes divided by 2 ** bits.",
)


@vector_function
def count_ones(typing_context: Any, vector: Any) -> Any:
    """Return the number of 1 bits of each lane."""
    if not isinstance(vector, VectorType):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _emit_lanewise(builder, "ctpop", arguments[0])

    return vector(vector), generate


@vector_function
def total(typing_context: Any, vector: Any) -> Any:
    """Return the sum of all lanes, int64; the sum wraps around within the width of a lane."""
    if not isinstance(vector, VectorType):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = arguments[0].type
        name = f"llvm.vector.reduce.add.v{lanes.count}i{lanes.element.width}"
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(lanes.element, [lanes]), name
        )
        lane_sum = builder.call(function, [arguments[0]])
        return lane_sum if lanes.element.width == 64 else builder.zext(lane_sum, ir.IntType(64))

    return types.int64(vector), generate


@vector_function
def as_shorts(typing_context: Any, vector: Any) -> Any:
    """Return the same bits as lanes of uint16; the lowest bits of a wider lane come first."""
    if not isinstance(vector, VectorType):
        return None
    shorts = VectorType(16, vector.bits * vector.lanes // 16)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], llvm_vector(shorts))

    return shorts(vector), generate


@vector_function
def ones_between(typing_context: Any, array: Any, first: Any, end: Any) -> Any:
    """Return a vector of the array's element type whose bits ``first`` to ``end - 1`` are 1.

    Bits are numbered through all lanes, from the lowest bit of the first lane. ``first`` and
    ``end`` may lie outside the vector.
    """
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
            """Return the number of bits of each lane that precede bit ``number``."""
            before = builder.sub(emit_splat(builder, wide, number), starts)
            before = _emit_lanewise(builder, "smax", before, none)
            return _emit_lanewise(builder, "smin", before, width)

        def narrow(number: Any) -> Any:
            return number if lanes == wide else builder.trunc(number, lanes)

        # Shifting by the full width is undefined in LLVM; those lanes are selected explicitly.
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
    """Return the lanes of `chosen` where left and right are equal, those of `other` elsewhere."""
    if not isinstance(left, VectorType) or not left == right == chosen == other:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        is_equal = builder.icmp_unsigned("==", *arguments[:2])
        return builder.select(is_equal, *arguments[2:])

    return left(left, right, chosen, other), generate


@vector_function
def look_up(typing_context: Any, table: Any, start: Any, index: Any) -> Any:
    """Return table[start + index] for each lane of the index; 8-bit lanes, below 32.

    The table (uint8) repeats its first 16 entries over VECTOR_BYTES, then its other 16 entries in
    the same way: the byte shuffles of x86 look up 16 entries at a time.
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
        result = constant(0)
        for entry in range(32):
            at = halves(entry if entry < 16 else VECTOR_BYTES + entry - 16)
            number = builder.load(emit_pointer(context, builder, table, array, at))
            every = emit_splat(builder, wanted.type, number)
            is_wanted = builder.icmp_unsigned("==", wanted, constant(entry))
            result = builder.select(is_wanted, every, result)
        return result

    return vector(table, types.intp, index), generate
