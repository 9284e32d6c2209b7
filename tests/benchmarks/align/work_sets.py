"""Workloads of the benchmark: the same sequences on every machine, from fixed seeds.

All against all (scores only)
    A  2000 reads of 150 bp x 2000 others of the same genomes, 1 % errors: some overlap
    B  200 reads of 150 bp x the 400 random sequences of 1-10 kb that they come from
    C  20 proteins of 300 residues x 20,000 proteins, a few of them related
Candidate pairs (scores only; or scores, with end points and CIGAR of those that reach MIN_SCORE)
    P150, P250  reads of 150 and 250 bp; a share of the pairs overlaps, the others are unrelated
                reads with one common k-mer; 8 consecutive pairs have the same first read; half of
                the second reads are from the other strand
    D           the candidates that the k-mer join finds among reads of 150 bp of the test genomes
                (all of them, including two strains of one species), 1 % errors; the minimal
                score is chosen so that a given share of the pairs reaches it
    L           overlapping reads of 10 kb with 5 % errors
"""

from pathlib import Path

import numpy as np

from benchmarks.align.workloads import (
    AMINO_ACIDS,
    DNA,
    DNA_MATCH,
    DNA_MISMATCH,
    PROTEIN,
    AllAgainstAll,
    CandidatePairs,
    SequenceSet,
    Workload,
    concatenated,
)
from readkin.formats.fasta import read_fasta
from readkin.join.buckets import KeyBlock, KeySource
from readkin.join.key_join import join_keys
from readkin.join.memory_share import MemoryShare
from readkin.join.stripes import ReadsToJoin
from readkin.kernels.join.candidates import Candidates, empty_candidates
from readkin.kernels.join.key_entries import layout_for, pack_entries
from readkin.kernels.join.lsh_join import PairFilter
from readkin.kernels.kmers.signatures import largest_key, sample_keys
from readkin.kernels.sequences.packed_bases import packed_reads
from readkin.kernels.sequences.packed_sequences import pack_sequences
from readkin.kernels.smith_waterman.alignment import Pairs, Sequences, dna_scoring, score_pairs
from readkin.parallel.mpi import OneProcess

GENOMES = Path(__file__).resolve().parents[2] / "data" / "genomes"
# One genome of each species: with two strains, pairs meant to be unrelated would be kin.
SPECIES = ("lambda", "e_coli_mg1655", "s_aureus_n315", "v_cholerae_o395", "h_pylori_g27")
STRAIN = "h_pylori_sjm180"  # a second strain of the last species
MIN_SCORE = 60
PARTNERS = 8  # pairs with the same first read
COMPLEMENT = np.array([3, 2, 1, 0, 4], np.uint8)

# Parts per 100,000 in natural proteins: Robinson and Robinson 1991, doi:10.1073/pnas.88.20.8880
AMINO_ACID_FREQUENCIES = np.array(
    [
        *(7805, 5129, 4487, 5364, 1925, 4264, 6295, 7377, 2199, 5142),
        *(9019, 5744, 2243, 3856, 5203, 7120, 5841, 1330, 3216, 6441),
    ]
)


def work_sets(is_quick: bool) -> list[Workload]:
    """Return all workloads; if quick, with fewer queries and pairs, and shorter long reads."""
    divisor = 10 if is_quick else 1
    sets: list[Workload] = [
        set_a(2000 // divisor, 2000),
        set_b(200 // divisor, 400),
        set_c(20 // divisor, 5000 if is_quick else 20_000),
    ]
    for length, n in ((150, 100_000), (250, 50_000)):
        for hits, wanted in ((0.6, None), (0.6, MIN_SCORE), (0.05, MIN_SCORE)):
            sets.append(set_p(length, n // divisor, hits, wanted))
    for hits in (None, 0.6, 0.05):
        sets.append(set_d(20_000, 200_000 // divisor, hits))
    for wanted in (None, MIN_SCORE):
        sets.append(set_l(64, 2000 if is_quick else 10_000, wanted))
    return sets


def set_a(n_reads: int, n_targets: int) -> AllAgainstAll:
    """Return workload A, on either strand."""
    rng = np.random.default_rng(1)
    n = n_reads + n_targets
    reads = reads_of(genome(), rng, rng.integers(0, 2**62, n), 150)
    is_reverse = rng.random(n) < 0.5
    reads[is_reverse] = COMPLEMENT[reads[is_reverse, ::-1]]
    return AllAgainstAll(
        name="A",
        title=f"{n_reads} x {n_targets} reads of 150 bp",
        queries=rows(reads[:n_reads]),
        targets=rows(reads[n_reads:]),
        costs=DNA,
    )


def set_b(n_reads: int, n_targets: int) -> AllAgainstAll:
    """Return workload B."""
    rng = np.random.default_rng(2)
    lengths = rng.integers(1000, 10_001, n_targets)
    targets = [rng.integers(0, 4, length).astype(np.uint8) for length in lengths]
    chosen = rng.integers(0, n_targets, n_reads)
    reads = [reads_of(targets[t], rng, rng.integers(0, 2**62, 1), 150) for t in chosen]
    return AllAgainstAll(
        name="B",
        title=f"{n_reads} reads of 150 bp x {n_targets} sequences of 1-10 kb",
        queries=rows(np.concatenate(reads)),
        targets=concatenated(targets, DNA.alphabet),
        costs=DNA,
    )


def set_c(n_queries: int, n_targets: int) -> AllAgainstAll:
    """Return workload C: log-normal lengths, mean 333; every 200th target is related to a query."""
    rng = np.random.default_rng(3)
    lengths = np.clip(rng.lognormal(np.log(333) - 0.65**2 / 2, 0.65, n_targets), 40, 5000)
    queries = rng.choice(20, (n_queries, 300), p=natural_frequencies())
    targets = [rng.choice(20, int(n), p=natural_frequencies()) for n in lengths]
    for planted in range(0, n_targets, 200):
        homolog = queries[planted // 200 % n_queries].copy()
        is_changed = rng.random(homolog.size) < 0.4
        homolog[is_changed] = rng.choice(20, is_changed.sum(), p=natural_frequencies())
        targets[planted] = np.concatenate([targets[planted], homolog])
    return AllAgainstAll(
        name="C",
        title=f"{n_queries} proteins of 300 residues x {n_targets} proteins",
        queries=concatenated(list(queries), AMINO_ACIDS),
        targets=concatenated(targets, AMINO_ACIDS),
        costs=PROTEIN,
    )


def natural_frequencies() -> np.ndarray:
    """Return the frequencies of the amino acids, which sum up to 1."""
    return AMINO_ACID_FREQUENCIES / AMINO_ACID_FREQUENCIES.sum()


def set_p(length: int, n: int, hits: float, min_score: int | None) -> CandidatePairs:
    """Return workload P: n pairs, of which a share `hits` overlaps by 60 bp or more; 1 % errors."""
    rng = np.random.default_rng([4, length])
    n -= n % PARTNERS
    template = genome()
    index_a = np.arange(n) // PARTNERS
    start_a = rng.integers(length, template.size - 2 * length, n // PARTNERS)
    a = reads_of(template, rng, start_a, length)
    is_kin = rng.random(n) < hits
    shift = rng.integers(60 - length, length - 59, n)
    start_b = np.where(is_kin, start_a[index_a] + shift, rng.integers(0, 2**62, n))
    b = reads_of(template, rng, start_b, length)
    seed = rng.integers(0, length - 16, (2, n))
    diagonal = np.where(is_kin, shift, seed[0] - seed[1])
    shared = a[index_a[:, None], seed[0, :, None] + np.arange(16)]
    unrelated = np.flatnonzero(~is_kin)
    b[unrelated[:, None], seed[1, unrelated, None] + np.arange(16)] = shared[unrelated]
    output = "scores" if min_score is None else f"CIGAR of {hits:.0%}"
    return candidate_pairs(
        name=f"P{length} {output}",
        title=f"{n} pairs of reads of {length} bp, {output}",
        a=list(a),
        b=list(b),
        index_a=index_a,
        diagonal=diagonal,
        min_score=min_score,
    )


def set_d(n_reads: int, n_pairs: int, hits: float | None) -> CandidatePairs:
    """Return workload D: candidate pairs of reads of the test genomes.

    Args:
        n_reads: number of reads.
        n_pairs: number of pairs, at most.
        hits: share of the pairs that needs end points and CIGAR; None: scores only.
    """
    rng = np.random.default_rng(6)
    template = genome(*SPECIES, STRAIN)
    start = rng.integers(0, template.size - 150, n_reads)
    reads = reads_of(template, rng, start, 150)
    is_minus = rng.random(n_reads) < 0.5
    reads[is_minus] = COMPLEMENT[reads[is_minus, ::-1]]
    found = candidates(rows(reads))
    chosen = np.sort(rng.choice(found.votes.size, min(n_pairs, found.votes.size), replace=False))
    index_a, index_b = (index[chosen].astype(np.int64) for index in (found.read_a, found.read_b))
    is_reverse = found.is_reverse[chosen]
    b = reads[index_b]
    aligned = np.where(is_reverse[:, None] == 1, COMPLEMENT[b[:, ::-1]], b)
    diagonal = found.diagonal[chosen]
    min_score = None
    if hits is not None:
        first, second = (Sequences(s.codes, s.offsets) for s in (rows(reads), rows(b)))
        pairs = Pairs.of(first, second, index_a, is_reverse=is_reverse, diagonal=diagonal)
        costs = DNA_MATCH, DNA_MISMATCH, DNA.gap_open, DNA.gap_extend
        min_score = int(np.quantile(score_pairs(pairs, dna_scoring(*costs)), 1 - hits))
    output = "scores" if hits is None else f"CIGAR of {hits:.0%}"
    return CandidatePairs(
        name=f"D {output}",
        title=f"{chosen.size} candidate pairs of the test genomes, {output}",
        a=rows(reads),
        b=rows(b),
        b_as_aligned=rows(aligned),
        index_a=index_a,
        is_reverse=is_reverse,
        diagonal=diagonal,
        min_score=min_score,
    )


def candidates(reads: SequenceSet) -> Candidates:
    """Return the pairs of reads that share two sampled k-mers, at any number of mismatches."""
    k, n_reads = 16, len(reads)
    lengths = np.asarray(reads.lengths, np.uint32)
    packed = packed_reads(pack_sequences(reads.codes, reads.offsets)[0], lengths)
    sampled = sample_keys(reads.codes, reads.offsets, k, 0.2, 1, "fracminhash")
    layout = layout_for(n_reads, int(lengths.max()), k)
    of_read = np.repeat(np.arange(n_reads, dtype=np.uint64), sampled.counts)
    of_length = np.repeat(lengths, sampled.counts)
    entries = pack_entries(of_read, sampled.stranded_positions, of_length, layout)
    keys = KeyBlock(sampled.hashes, entries)
    source = KeySource(lambda: iter([keys]), keys.hashes.size, int(largest_key(0.2)))
    joined_reads, any_overlap = ReadsToJoin(packed, layout), PairFilter(2, 1, 1.0, 0)
    found: list[Candidates] = []
    join_keys(
        source,
        joined_reads,
        empty_candidates(0),
        any_overlap,
        256,
        MemoryShare(1 << 32, Path()),
        OneProcess(),
        lambda shard: found.append(shard.pairs),
    )
    return Candidates(*map(np.concatenate, zip(*found, strict=True)))


def set_l(n: int, length: int, min_score: int | None) -> CandidatePairs:
    """Return workload L: n pairs of long reads that overlap by half or more, with 5 % errors."""
    rng = np.random.default_rng(5)
    template = genome("e_coli_mg1655")
    shift = rng.integers(-length // 2, length // 2, n)
    start = rng.integers(length, template.size - 3 * length, n)
    output = "scores" if min_score is None else "CIGAR"
    return candidate_pairs(
        name=f"L {output}",
        title=f"{n} pairs of reads of {length // 1000} kb, {output}",
        a=[long_read(template, rng, first, length) for first in start],
        b=[long_read(template, rng, first, length) for first in start + shift],
        index_a=np.arange(n),
        diagonal=shift,
        min_score=min_score,
    )


def candidate_pairs(
    *,
    name: str,
    title: str,
    a: list[np.ndarray],
    b: list[np.ndarray],
    index_a: np.ndarray,
    diagonal: np.ndarray,
    min_score: int | None,
) -> CandidatePairs:
    """Return pairs of read index_a[i] of a with b[i]; every second b is from the other strand.

    Args:
        name: short and unique.
        title: description for tables.
        a: first reads.
        b: second reads, on the strand of the first ones.
        index_a: first read of each pair.
        diagonal: position in a minus position in b, by pair.
        min_score: pairs that reach it need end points and CIGAR; None: scores only.
    """
    is_reverse = np.arange(len(b), dtype=np.uint8) % 2
    as_sequenced = [
        COMPLEMENT[read[::-1]] if is_other_strand else read
        for read, is_other_strand in zip(b, is_reverse, strict=True)
    ]
    return CandidatePairs(
        name=name,
        title=title,
        a=concatenated(a, DNA.alphabet),
        b=concatenated(as_sequenced, DNA.alphabet),
        b_as_aligned=concatenated(b, DNA.alphabet),
        index_a=index_a.astype(np.int64),
        is_reverse=is_reverse,
        diagonal=diagonal.astype(np.int32),
        min_score=min_score,
    )


def genome(*names: str) -> np.ndarray:
    """Return the base codes of real genomes, concatenated; by default one of each species."""
    files = [GENOMES / f"{name}.fa.gz" for name in names or SPECIES]
    return np.concatenate([read_fasta(file)[0].bases for file in files])


def reads_of(
    template: np.ndarray, rng: np.random.Generator, start: np.ndarray, length: int
) -> np.ndarray:
    """Return reads with 1 % substitutions from these positions, uint8 (positions, length)."""
    start = start % (template.size - length + 1)
    reads = template[start[:, None] + np.arange(length)]
    is_error = rng.random(reads.shape) < 0.01
    reads[is_error] = (reads[is_error] + rng.integers(1, 4, is_error.sum())) % 4
    return reads


def long_read(
    template: np.ndarray, rng: np.random.Generator, start: int, length: int
) -> np.ndarray:
    """Return a read with 2 % substitutions, 1.5 % insertions and 1.5 % deletions."""
    source = template[start : start + length + length // 10]
    draw = rng.random(source.size)
    bases = np.where(draw < 0.02, (source + rng.integers(1, 4, source.size)) % 4, source)
    copies = np.where(draw > 0.985, 0, np.where(draw > 0.97, 2, 1))
    read = np.repeat(bases, copies)
    is_inserted = np.repeat(copies == 2, copies) & (np.diff(read, prepend=5) == 0)
    read[is_inserted] = rng.integers(0, 4, is_inserted.sum())
    return read[:length].astype(np.uint8)


def rows(reads: np.ndarray) -> SequenceSet:
    """Return reads of one length, uint8 (reads, length), as a set of sequences."""
    return concatenated(list(reads), DNA.alphabet)
