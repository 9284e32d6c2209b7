"""Rows of assemblies: N50, sizes, and the reason without contigs."""

from hypothesis import given
from hypothesis import strategies as st

from readkin.clusters.assembly import NO_CONTIG, assembly_row, n50
from readkin.formats.assemblies import Assembly, Contig


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_n50_is_the_middle_of_all_bases(lengths):
    """Sorted by the length of their contig, half of the bases lie before the N50 at most."""
    bases = sorted((length for length in lengths for _ in range(length)), reverse=True)
    assert n50(lengths) == bases[(len(bases) - 1) // 2]


def test_rows():
    contigs = [Contig("", "A" * length) for length in (500, 300, 200)]
    row = assembly_row(Assembly(contigs, cpu=2.0, wall=1.5, memory=3 << 20))
    sizes = {"contigs": 3, "total_bp": 1000, "largest_bp": 500, "n50_bp": 500}
    cost = {"peak_memory_mb": 3, "cpu_s": 2.0, "wall_s": 1.5}
    assert row == sizes | cost | {"reason": ""}
    none = assembly_row(Assembly([], cpu=2.0, wall=1.5, memory=3 << 20))
    assert none == cost | {"contigs": 0, "reason": NO_CONTIG}
