"""Compilation of all kernels of join_reads."""

from readkin.pieces import consensus, layout


def compile_kernels() -> None:
    """Compile all kernels that turn reads into pieces, or load them from the cache."""
    layout.compile_kernels()
    consensus.compile_kernels()
