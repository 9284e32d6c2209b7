"""Exact local alignment with affine gaps, one alignment per SIMD lane."""
