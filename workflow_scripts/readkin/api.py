"""What notebooks import: kernels on arrays, and readers of the results.

>>> from readkin import api
>>> first, second = (api.Sequences.of([api.encode(read)]) for read in ("ACGTTGCA", "CGTTGC"))
>>> pairs = api.Pairs.of(first, second)
>>> found = api.align_pairs(pairs, api.dna_scoring(2, -3, 5, 2))
>>> int(found.score[0]), int(found.start_a[0]), int(found.end_a[0])
(12, 1, 7)

The stages do not import this module: it would tie each of them to all code.
"""

from readkin.formats.alignment_parts import read_alignments
from readkin.formats.cluster_summary import read_cluster_summary
from readkin.formats.clusters import read_clusters
from readkin.formats.embeddings import open_embeddings
from readkin.formats.fasta import encode
from readkin.formats.pairs import CandidatePairs
from readkin.formats.pieces import read_pieces
from readkin.formats.read_table import read_read_table, with_read_names
from readkin.formats.reads import load_reads
from readkin.kernels.kmers.signatures import sample_keys
from readkin.kernels.kmers.tetranucleotides import tetranucleotide_shares
from readkin.kernels.kmers.vectors import count_sketches
from readkin.kernels.sequences.sequences import Sequences, reverse_complements
from readkin.kernels.smith_waterman.alignment import (
    Alignments,
    Pairs,
    align_pairs,
    score_all,
    score_pairs,
)
from readkin.kernels.smith_waterman.scoring import Scoring, dna_scoring
from readkin.kernels.statistics.evalues import bit_score, dna_parameters, evalue

__all__ = [
    "Alignments",
    "CandidatePairs",
    "Pairs",
    "Scoring",
    "Sequences",
    "align_pairs",
    "bit_score",
    "count_sketches",
    "dna_parameters",
    "dna_scoring",
    "encode",
    "evalue",
    "load_reads",
    "open_embeddings",
    "read_alignments",
    "read_cluster_summary",
    "read_clusters",
    "read_pieces",
    "read_read_table",
    "reverse_complements",
    "sample_keys",
    "score_all",
    "score_pairs",
    "tetranucleotide_shares",
    "with_read_names",
]
