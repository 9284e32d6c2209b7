"""What is aligned in the benchmark: the same sequences on every machine, from fixed seeds.

All against all (scores only)
    A  2000 reads of 150 bp x 2000 others of the same genomes, 1 % errors: some overlap
    B  200 reads of 150 bp x the 400 random sequences of 1-10 kb that they come from
    C  20 proteins of 300 residues x 20,000 proteins, a few of them related
Candidate pairs (scores; or scores, and ends and CIGAR of those that reach MIN_SCORE)
    P150, P250  reads of that length; a share of the pairs overlaps, the others are unrelated reads
                that have one short stretch in common; 8 pairs follow each other with the same first
                read, half of the second reads show the other strand
    D           the candidates that the k-mer join finds among reads of 150 bp of the demo community
                (all its genomes, two strains of one species among them), 1 % errors; the score
                from which on ends and CIGAR are wanted is what a share of the pairs reaches
    L           overlapping reads of 10 kb with 5 % errors
"""

from pathlib import Path

import numpy as np

from benchmarks.align.works import (
    AMINO_ACIDS,
    DNA,
    DNA_MATCH,
    DNA_MISMATCH,
    PROTEIN,
    AllAgainstAll,
    CandidatePairs,
    SequenceSet,
    Work,
    joined,
)
from readkin.formats.fasta import read_fasta
from readkin.join.distributed import JoinedReads, Keys, KeySource, MemoryShare
from readkin.join.pairs import join
from readkin.kernels.join.candidates import Candidates, empty_candidates
from readkin.kernels.join.key_entries import layout_for, pack_entries
from readkin.kernels.join.lsh_join import Rule
from readkin.kernels.kmers.signatures import largest_key, sample_keys
from readkin.kernels.sequences.packed_bases import packed_reads
from readkin.kernels.sequences.packed_sequences import pack_sequences
from readkin.kernels.smith_waterman.alignment import Pairs, Sequences, dna_scoring, score_pairs
from readkin.parallel.mpi import OneProcess

GENOMES = Path(__file__).resolve().parents[2] / "data" / "genomes"
# One genome of each species: two strains of one would make kin of unrelated pairs.
STRAIN = "h_pylori_sjm180"
SPECIES = ("lambda", "e_coli_mg1655", "s_aureus_n315", "v_cholerae_o395", "h_pylori_g27")
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


def work_sets(is_quick: bool) -> list[Work]:
    """All sets; if quick, with fewer queries and pairs and shorter long reads."""
    part = 10 if is_quick else 1
    sets: list[Work] = [
        set_a(2000 // part, 2000),
        set_b(200 // part, 400),
        set_c(20 // part, 5000 if is_quick else 20_000),
    ]
    for length, n in ((150, 100_000), (250, 50_000)):
        for hits, wanted in ((0.6, None), (0.6, MIN_SCORE), (0.05, MIN_SCORE)):
            sets.append(set_p(length, n // part, hits, wanted))
    for hits in (None, 0.6, 0.05):
        sets.append(set_d(20_000, 200_000 // part, hits))
    for wanted in (None, MIN_SCORE):
        sets.append(set_l(64, 2000 if is_quick else 10_000, wanted))
    return sets


def set_a(n_reads: int, n_targets: int) -> AllAgainstAll:
    rng = np.random.default_rng(1)
    n = n_reads + n_targets
    reads = reads_of(genome(), rng, rng.integers(0, 2**62, n), 150)
    turned = rng.random(n) < 0.5
    reads[turned] = COMPLEMENT[reads[turned, ::-1]]
    queries, targets = rows(reads[:n_reads]), rows(reads[n_reads:])
    return AllAgainstAll("A", f"{n_reads} x {n_targets} reads of 150 bp", queries, targets, DNA)


def set_b(n_reads: int, n_targets: int) -> AllAgainstAll:
    rng = np.random.default_rng(2)
    lengths = rng.integers(1000, 10_001, n_targets)
    targets = [rng.integers(0, 4, length).astype(np.uint8) for length in lengths]
    chosen = rng.integers(0, n_targets, n_reads)
    reads = [reads_of(targets[t], rng, rng.integers(0, 2**62, 1), 150) for t in chosen]
    title = f"{n_reads} reads of 150 bp x {n_targets} sequences of 1-10 kb"
    return AllAgainstAll("B", title, rows(np.concatenate(reads)), joined(targets, "ACGTN"), DNA)


def set_c(n_queries: int, n_targets: int) -> AllAgainstAll:
    """Lengths log-normal as in nature, mean 333; 1 protein of 200 holds 60 % of a query."""
    rng = np.random.default_rng(3)
    lengths = np.clip(rng.lognormal(np.log(333) - 0.65**2 / 2, 0.65, n_targets), 40, 5000)
    queries = rng.choice(20, (n_queries, 300), p=natural_frequencies())
    targets = [rng.choice(20, int(n), p=natural_frequencies()) for n in lengths]
    for planted in range(0, n_targets, 200):
        homolog = queries[planted // 200 % n_queries].copy()
        changed = rng.random(homolog.size) < 0.4
        homolog[changed] = rng.choice(20, changed.sum(), p=natural_frequencies())
        targets[planted] = np.concatenate([targets[planted], homolog])
    title = f"{n_queries} proteins of 300 residues x {n_targets} proteins"
    sets = joined(list(queries), AMINO_ACIDS), joined(targets, AMINO_ACIDS)
    return AllAgainstAll("C", title, *sets, PROTEIN)


def natural_frequencies() -> np.ndarray:
    return AMINO_ACID_FREQUENCIES / AMINO_ACID_FREQUENCIES.sum()


def set_p(length: int, n: int, hits: float, min_score: int | None) -> CandidatePairs:
    """n pairs, a share `hits` of which overlaps by 60 bp or more, with 1 % errors."""
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
    strangers = np.flatnonzero(~is_kin)
    b[strangers[:, None], seed[1, strangers, None] + np.arange(16)] = shared[strangers]
    wanted = "scores" if min_score is None else f"CIGAR of {hits:.0%}"
    names = f"P{length} {wanted}", f"{n} pairs of reads of {length} bp, {wanted}"
    return candidate_pairs(names, list(a), list(b), index_a, diagonal, min_score)


def set_d(n_reads: int, n_pairs: int, hits: float | None) -> CandidatePairs:
    """Up to n_pairs candidates among n_reads reads of each genome, on all of which the reads lie as
    deep as in the demo; `hits`: share of the pairs that is to be aligned, None: scores only."""
    rng = np.random.default_rng(6)
    template = genome(*SPECIES, STRAIN)
    place = rng.integers(0, template.size - 150, n_reads)
    reads = reads_of(template, rng, place, 150)
    turned = rng.random(n_reads) < 0.5
    reads[turned] = COMPLEMENT[reads[turned, ::-1]]
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
    wanted = "scores" if hits is None else f"CIGAR of {hits:.0%}"
    return CandidatePairs(
        f"D {wanted}",
        f"{chosen.size} candidate pairs of the demo community, {wanted}",
        rows(reads),
        rows(b),
        rows(aligned),
        index_a,
        is_reverse,
        diagonal,
        min_score,
    )


def candidates(reads: SequenceSet) -> Candidates:
    """Pairs of reads that share two sampled k-mers, however many their bases differ in."""
    k, n_reads = 16, len(reads)
    lengths = np.asarray(reads.lengths, np.uint32)
    packed = packed_reads(pack_sequences(reads.codes, reads.offsets)[0], lengths)
    sampled = sample_keys(reads.codes, reads.offsets, k, 0.2, 1, "fracminhash")
    layout = layout_for(n_reads, int(lengths.max()), k)
    of_read = np.repeat(np.arange(n_reads, dtype=np.uint64), sampled.counts)
    of_length = np.repeat(lengths, sampled.counts)
    keys = Keys(sampled.hashes, pack_entries(of_read, sampled.places, of_length, layout))
    source = KeySource(lambda: iter([keys]), keys.hashes.size, int(largest_key(0.2)))
    joined_reads, any_overlap = JoinedReads(packed, layout), Rule(2, 1, 1.0, 0)
    found: list[Candidates] = []
    join(
        source,
        joined_reads,
        empty_candidates(0),
        any_overlap,
        256,
        MemoryShare(1 << 32, Path()),
        OneProcess(),
        found.append,
    )
    return Candidates(*map(np.concatenate, zip(*found, strict=True)))


def set_l(n: int, length: int, min_score: int | None) -> CandidatePairs:
    """n pairs of long reads that overlap by half or more, with 5 % errors."""
    rng = np.random.default_rng(5)
    template = genome("e_coli_mg1655")
    shift = rng.integers(-length // 2, length // 2, n)
    start = rng.integers(length, template.size - 3 * length, n)
    a = [long_read(template, rng, place, length) for place in start]
    b = [long_read(template, rng, place, length) for place in start + shift]
    wanted = "scores" if min_score is None else "CIGAR"
    names = f"L {wanted}", f"{n} pairs of reads of {length // 1000} kb, {wanted}"
    return candidate_pairs(names, a, b, np.arange(n), shift, min_score)


def candidate_pairs(
    names: tuple[str, str],
    a: list[np.ndarray],
    b: list[np.ndarray],
    index_a: np.ndarray,
    diagonal: np.ndarray,
    min_score: int | None,
) -> CandidatePairs:
    """Pairs of read index_a[i] of a with b[i], which is given on the same strand.

    names: short and long name of the set.
    """
    is_reverse = np.arange(len(b), dtype=np.uint8) % 2
    as_sequenced = [
        COMPLEMENT[read[::-1]] if turned else read
        for read, turned in zip(b, is_reverse, strict=True)
    ]
    letters = DNA.letters
    return CandidatePairs(
        *names,
        joined(a, letters),
        joined(as_sequenced, letters),
        joined(b, letters),
        index_a.astype(np.int64),
        is_reverse,
        diagonal.astype(np.int32),
        min_score,
    )


def genome(*names: str) -> np.ndarray:
    """Real genomes, one after the other, base codes."""
    files = [GENOMES / f"{name}.fa.gz" for name in names or SPECIES]
    return np.concatenate([read_fasta(file)[0].bases for file in files])


def reads_of(
    template: np.ndarray, rng: np.random.Generator, start: np.ndarray, length: int
) -> np.ndarray:
    """Reads with 1 % substitutions from these places, uint8 (places, length)."""
    start = start % (template.size - length + 1)
    reads = template[start[:, None] + np.arange(length)]
    is_error = rng.random(reads.shape) < 0.01
    reads[is_error] = (reads[is_error] + rng.integers(1, 4, is_error.sum())) % 4
    return reads


def long_read(
    template: np.ndarray, rng: np.random.Generator, start: int, length: int
) -> np.ndarray:
    """Read with 2 % substitutions, 1.5 % insertions and 1.5 % deletions."""
    source = template[start : start + length + length // 10]
    draw = rng.random(source.size)
    bases = np.where(draw < 0.02, (source + rng.integers(1, 4, source.size)) % 4, source)
    copies = np.where(draw > 0.985, 0, np.where(draw > 0.97, 2, 1))
    read = np.repeat(bases, copies)
    is_inserted = np.repeat(copies == 2, copies) & (np.diff(read, prepend=5) == 0)
    read[is_inserted] = rng.integers(0, 4, is_inserted.sum())
    return read[:length].astype(np.uint8)


def rows(reads: np.ndarray) -> SequenceSet:
    return joined(list(reads), "ACGTN")
