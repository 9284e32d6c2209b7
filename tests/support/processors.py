"""Other processors than this one, for which Numba can compile."""

import llvmlite.binding

BEYOND_AVX2 = ("avx512", "avx10", "amx")


def host_features() -> dict[str, bool]:
    """Return which features of LLVM this processor has."""
    return dict(llvmlite.binding.get_host_cpu_features())


def processor(name: str) -> dict[str, str]:
    """Return environment variables that make Numba compile for a processor.

    Args:
        name: native; avx2, with all features of this one but AVX-512; generic, x86-64 with SSE2.
    """
    if name == "native":
        return {}
    if name == "generic":
        return {"NUMBA_CPU_NAME": "generic"}
    features = ",".join(
        f"+{feature}"
        for feature, is_available in sorted(host_features().items())
        if is_available and not feature.startswith(BEYOND_AVX2)
    )
    return {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": features}
