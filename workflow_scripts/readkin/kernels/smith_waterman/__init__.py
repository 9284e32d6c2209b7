"""Exact local alignment with affine gap costs, one alignment per SIMD lane."""
