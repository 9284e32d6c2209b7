"""Explicit SIMD vectors for Numba: one value holding as many integers as a vector register.

A `VectorType` is an LLVM vector (`<64 x i8>`, `<32 x i16>` ...) as a first-class value of a kernel:
it lives in registers, and each function below becomes one vector instruction. LLVM splits a
vector that is wider than the processor's registers, so a kernel gives the same answer everywhere;
`VECTOR_BYTES` only decides how fast. The element type follows the array that a vector is loaded
from; arrays are one-dimensional and contiguous, and indices count elements.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.registry import cpu_target
from numba.extending import intrinsic, register_model


def _register_bytes() -> int:
    """Width of the widest byte-wise vector registers of the processor Numba compiles for."""
    # Numba's cache index holds these same features, so a machine never loads another one's width.
    features = cpu_target.target_context.codegen().magic_tuple()[2].split(",")
    return 64 if "+avx512bw" in features else 32


VECTOR_BYTES = _register_bytes()


class VectorType(types.Type):
    """Signed integers of `bits` bits that fill VECTOR_BYTES; `bits` = 1 is a mask of `lanes`."""

    def __init__(self, bits: int, lanes: int) -> None:
        self.bits = bits
        self.lanes = lanes
        super().__init__(name=f"vector<{lanes} x i{bits}>")


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: VectorType) -> None:
        super().__init__(manager, vector, _llvm(vector))


def _vector_function(typing: Callable[..., Any]) -> Any:
    """An intrinsic: a function that kernels alone can call, on types that only Numba knows."""
    return intrinsic(typing)


def _llvm(vector: VectorType) -> ir.VectorType:
    return ir.VectorType(ir.IntType(vector.bits), vector.lanes)


def _vector_of(array: Any) -> VectorType | None:
    """Vector type for the elements of an array type; None (no match) for anything else."""
    if not (isinstance(array, types.Array) and isinstance(array.dtype, types.Integer)):
        return None
    bits = 8 * np.dtype(str(array.dtype)).itemsize
    return VectorType(bits, VECTOR_BYTES * 8 // bits)


def aligned_zeros(elements: int, dtype: Any) -> np.ndarray:
    """Zeros that begin at a vector boundary: an access that straddles cache lines costs double."""
    itemsize = np.dtype(dtype).itemsize
    raw = np.zeros(elements * itemsize + VECTOR_BYTES, dtype=np.uint8)
    start = -raw.ctypes.data % VECTOR_BYTES
    return raw[start : start + elements * itemsize].view(dtype)


def _element_pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index], inbounds=True)


@_vector_function
def load(typing_context: Any, array: Any, index: Any) -> Any:
    """Vector of the elements from array[index] on."""
    vector = _vector_of(array)
    if vector is None:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _element_pointer(context, builder, signature.args[0], *arguments)
        pointer = builder.bitcast(pointer, _llvm(vector).as_pointer())
        value = builder.load(pointer)
        value.align = 1
        return value

    return vector(array, types.intp), generate


@_vector_function
def load_widened(typing_context: Any, like: Any, array: Any, index: Any) -> Any:
    """Vector of small unsigned elements from array[index] on, as numbers of the type of `like`."""
    vector = _vector_of(like)
    if vector is None or _vector_of(array) is None or array.dtype.bitwidth > vector.bits:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        narrow = ir.VectorType(ir.IntType(array.dtype.bitwidth), vector.lanes)
        pointer = _element_pointer(context, builder, signature.args[1], *arguments[1:])
        value = builder.load(builder.bitcast(pointer, narrow.as_pointer()))
        value.align = 1
        return builder.zext(value, _llvm(vector)) if narrow != _llvm(vector) else value

    return vector(like, array, types.intp), generate


@_vector_function
def store(typing_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Write a vector to array[index] and on; wider elements than the array's lose high bits."""
    if _vector_of(array) is None or not isinstance(value, VectorType):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        element = ir.VectorType(ir.IntType(array.dtype.bitwidth), value.lanes)
        narrow = arguments[2]
        if array.dtype.bitwidth < value.bits:
            narrow = builder.trunc(narrow, element)
        pointer = _element_pointer(context, builder, signature.args[0], *arguments[:2])
        instruction = builder.store(narrow, builder.bitcast(pointer, element.as_pointer()))
        instruction.align = 1
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


@_vector_function
def splat(typing_context: Any, array: Any, number: Any) -> Any:
    """The same number in every lane of a vector of the array's element type."""
    vector = _vector_of(array)
    if vector is None:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = _llvm(vector)
        element = builder.trunc(arguments[1], whole.element)
        undefined = ir.Constant(whole, ir.Undefined)
        first = builder.insert_element(undefined, element, ir.Constant(ir.IntType(32), 0))
        every = ir.Constant(ir.VectorType(ir.IntType(32), vector.lanes), None)
        return builder.shuffle_vector(first, undefined, every)

    return vector(array, types.int64), generate


def _binary(
    name: str, emit: Callable[[Any, Any, Any], Any], gives_mask: bool, explanation: str
) -> Callable[..., Any]:
    """An intrinsic of two vectors of one type, giving such a vector or a mask."""

    def typing(typing_context: Any, left: Any, right: Any) -> Any:
        if not isinstance(left, VectorType) or left != right:
            return None
        result = VectorType(1, left.lanes) if gives_mask else left

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return emit(builder, *arguments)

        return result(left, right), generate

    typing.__name__ = name
    typing.__doc__ = explanation
    return _vector_function(typing)


def _llvm_function(operation: str) -> Callable[[Any, Any, Any], Any]:
    """Emitter of a call of LLVM's own function `operation`, such as "sadd.sat"."""

    def emit(builder: Any, left: Any, right: Any) -> Any:
        suffix = f"v{left.type.count}i{left.type.element.width}"
        signature = ir.FunctionType(left.type, [left.type, left.type])
        function = cgutils.get_or_insert_function(
            builder.module, signature, f"llvm.{operation}.{suffix}"
        )
        return builder.call(function, [left, right])

    return emit


add_saturating = _binary(
    "add_saturating",
    _llvm_function("sadd.sat"),
    False,
    "Lane-wise sum; past the type's range its nearest end is kept instead of wrapping around.",
)
subtract_saturating = _binary(
    "subtract_saturating",
    _llvm_function("ssub.sat"),
    False,
    "Lane-wise difference, kept at the end of the type's range like add_saturating.",
)
maximum = _binary("maximum", _llvm_function("smax"), False, "Lane-wise larger number.")
equal = _binary(
    "equal",
    lambda builder, left, right: builder.icmp_signed("==", left, right),
    True,
    "Mask of the lanes where both are equal.",
)
greater = _binary(
    "greater",
    lambda builder, left, right: builder.icmp_signed(">", left, right),
    True,
    "Mask of the lanes where the first is greater.",
)


@_vector_function
def select(typing_context: Any, mask: Any, chosen: Any, other: Any) -> Any:
    """Per lane: `chosen` where the mask is set, `other` elsewhere."""
    if not isinstance(mask, VectorType) or mask.bits != 1 or chosen != other:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    return chosen(mask, chosen, other), generate


@_vector_function
def with_bits(typing_context: Any, value: Any, mask: Any, bits: Any) -> Any:
    """Per lane: `value` with the bits of `bits` set as well where the mask is set."""
    if not isinstance(mask, VectorType) or mask.bits != 1 or value != bits:
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        old, is_set, added = arguments
        return builder.or_(old, builder.select(is_set, added, ir.Constant(added.type, None)))

    return value(value, mask, bits), generate
