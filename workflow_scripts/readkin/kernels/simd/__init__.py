"""Explicit SIMD vectors for Numba."""
