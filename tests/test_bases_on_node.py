"""One copy of bases and names per node equals the reads, for any number of ranks."""

from itertools import pairwise

import numpy as np
import pytest

from readkin.bases_on_node import bases_on_node, names_on_node
from readkin.errors import InputError
from readkin.formats.embeddings import open_embeddings
from support.embedded_reads import embed
from support.genome_reads import genome_reads
from support.thread_ranks import on_ranks

READS = [*genome_reads(70, 61, 0.02, seed=2), "", "N", "ACGTN", "NNACG" * 9, "RYACGTKM"]
KNOWN = [read.translate(str.maketrans("RYKM", "NNNN")) for read in READS]


def unpacked(bases):
    index = np.arange(bases.lengths.size)
    segments = bases.segments(index, np.zeros_like(index), bases.lengths.astype(np.int64))
    letters = "".join("ACGTN"[code] for code in segments.codes)
    return [letters[start:stop] for start, stop in pairwise(segments.offsets.tolist())]


@pytest.mark.parametrize("n_ranks", [1, 2, 3])
def test_bases_and_names_are_those_of_the_reads(tmp_path, n_ranks):
    path = embed(tmp_path, READS)  # in three shards
    with open_embeddings(path) as file:
        fingerprint = file.attrs["reads_fingerprint"]

    def on_rank(ranks):
        names = names_on_node(tmp_path / "reads.parquet", fingerprint, ranks)
        return bases_on_node(path, ranks), names

    for bases, names in on_ranks(n_ranks, on_rank):
        assert unpacked(bases) == KNOWN
        assert names.to_pylist() == [f"reads{number}" for number in range(len(READS))]
        assert not bases.packed.flags.writeable


def test_no_reads(tmp_path):
    path = embed(tmp_path, [])
    with open_embeddings(path) as file:
        fingerprint = file.attrs["reads_fingerprint"]
    ((bases, names),) = on_ranks(
        1,
        lambda ranks: (
            bases_on_node(path, ranks),
            names_on_node(tmp_path / "reads.parquet", fingerprint, ranks),
        ),
    )
    assert (unpacked(bases), len(names)) == ([], 0)


def test_names_of_other_reads_are_refused(tmp_path):
    embed(tmp_path, READS)
    with pytest.raises(
        InputError, match=r"reads_fingerprint: found [0-9a-f]{64}, expected that of"
    ):
        on_ranks(1, lambda ranks: names_on_node(tmp_path / "reads.parquet", "0" * 64, ranks))
