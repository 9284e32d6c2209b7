"""Reads of one base or short repeats, or with tails of them, join no genomes: keys to clusters."""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import align_pairs
import cluster_reads
import embed_reads
import find_pairs
import join_reads
from readkin.formats.counts import LOW_COMPLEXITY
from support.genome_reads import genome_reads, write_bam
from support.naive_kmers import reverse_complement

UNITS = ("G", "A", "AT", "CAG", "AGAT", "AACCCT", "TTTAGGG")
LENGTH = 150
N_PURE = 2  # reads of nothing but a repeat, per unit and genome


def repeat(unit: str, length: int, generator: np.random.Generator) -> str:
    """Return a repeat with 2 % errors, which begins anywhere in the unit."""
    begin = generator.integers(len(unit))
    bases = np.array(list((unit * (length + 1))[begin : begin + length]))
    wrong = generator.random(length) < 0.02
    bases[wrong] = generator.choice(list("ACGT"), wrong.sum())
    return "".join(bases)


def reads_of_genome(seed: int, has_repeats: bool) -> list[str]:
    """Return reads of one random genome; with repeats, also reads in which these replace bases."""
    generator = np.random.default_rng(seed)
    reads = genome_reads(60, LENGTH, 0.005, seed, genome_length=1500)
    sources = iter(genome_reads(10 * len(UNITS), LENGTH, 0.005, seed + 100, genome_length=1500))
    for unit in UNITS if has_repeats else ():
        for length in (20, 40, 60, 90, 110, 130, 140, 145):
            tail = repeat(unit, length, generator)
            reads.append(next(sources)[: LENGTH - length] + tail)
        source = next(sources)
        reads.append(source[:30] + repeat(unit, 90, generator) + source[120:])
        pure = [(unit * LENGTH)[:LENGTH], repeat(unit, LENGTH, generator)]
        reads += [pure[0], reverse_complement(pure[1])]
        assert len(pure) == N_PURE
    return reads


def commands(folder: Path, ranks: int = 1) -> dict[str, list[str]]:
    """Return the command lines of all stages with the default settings, without the mask."""

    def words(stage: str, **settings: object) -> list[str]:
        settings |= {"counts": folder / f"{stage}.json"}
        return [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]

    bam, embeddings = folder / "reads.bam", folder / "embeddings.h5"
    pairs, alignments = folder / "pairs.h5", folder / "alignments"
    of_embedding = {"bam": bam, "k": 11, "dimensions": 16, "seed": 1, "reads_per_shard": 100}
    keys = {"key_k": 16, "key_fraction": 0.077, "key_seed": 1}
    files = {"partial_dir": folder / "partial", "shards_dir": folder / "shards"}
    files |= {"reads": folder / "reads.parquet"}
    limits = {"min_votes": 1, "max_mismatch_rate": 0.07, "min_overlap_bp": 20}
    caps = {"max_bucket_size": 256, "max_pairs_per_read": 1000}
    of_pairs = {"output": pairs, "shards_dir": folder / "pairs_shards"}
    costs = {"match": 2, "mismatch": -3, "gap_open": 5, "gap_extend": 2, "tile_megacells": 1}
    thresholds = {"min_score": 60, "min_identity": 0.95, "min_overlap_bp": 40}
    of_tiles = {"partial_dir": folder / "tiles", "paf": folder / "a.paf.gz", "ranks": ranks}
    rule = {"min_identity": 0.97, "min_overlap_bp": 60, "max_overhang_bp": 10}
    tables = {"parquet": folder / "clusters.parquet", "tsv": folder / "clusters.tsv"}
    tables["summary"] = folder / "cluster_summary.tsv"
    pieces = {"fasta": folder / "p.fa.gz", "gfa": folder / "p.gfa", "pieces": folder / "pieces.h5"}
    of_pieces = {"min_overlap_bp": 40, "max_evidence": 8, "ranks": ranks}
    return {
        "embed": words("embed", **of_embedding, **keys, **files, output=embeddings),
        "pairs": words("pairs", embeddings=embeddings, **limits, **caps, **of_pairs, ranks=ranks),
        "align": words(
            "align",
            pairs=pairs,
            embeddings=embeddings,
            reads=files["reads"],
            **costs,
            **thresholds,
            **of_tiles,
            alignments=alignments,
        ),
        "join": words("join", pairs=pairs, bam=bam, alignments=alignments, **of_pieces, **pieces),
        "cluster": [
            *words("cluster", alignments=alignments, bam=bam, **rule, **tables),
            f"--pieces={folder / 'pieces.h5'}",
            "--method=connected_components",
        ],
    }


def clusters_of(folder: Path, reads: list[str], masks: bool) -> list[int]:
    """Run all stages on the reads; return the cluster of each."""
    write_bam(folder / "reads.bam", reads, paired=False)
    words = commands(folder)
    mask = ["--mask-low-complexity"] * masks
    assert embed_reads.main(words["embed"] + mask) == 0
    assert find_pairs.main(words["pairs"]) == 0
    assert align_pairs.main(words["align"] + mask) == 0
    assert join_reads.main(words["join"]) == 0
    assert cluster_reads.main(words["cluster"]) == 0
    return pq.read_table(folder / "clusters.parquet")["cluster"].to_pylist()


def groups(clusters: list[int]) -> set[frozenset[int]]:
    """Return the reads of each cluster."""
    found = defaultdict(set)
    for read, cluster in enumerate(clusters):
        found[cluster].add(read)
    return {frozenset(reads) for reads in found.values()}


@pytest.fixture(scope="module")
def reads() -> list[str]:
    return reads_of_genome(1, True) + reads_of_genome(2, True)


@pytest.fixture(scope="module")
def masked(tmp_path_factory, reads) -> tuple[Path, list[int]]:
    folder = tmp_path_factory.mktemp("masked")
    return folder, clusters_of(folder, reads, masks=True)


def details(folder: Path, stage: str) -> dict:
    return json.loads((folder / f"{stage}.json").read_text())["details"]


def test_no_cluster_holds_reads_of_both_genomes(masked, reads):
    _, clusters = masked
    half = len(reads) // 2
    assert not set(clusters[:half]) & set(clusters[half:])


def test_without_the_mask_they_share_clusters(tmp_path, reads):
    clusters = clusters_of(tmp_path, reads, masks=False)
    half = len(reads) // 2
    assert set(clusters[:half]) & set(clusters[half:])
    assert details(tmp_path, "embed")["bases of low complexity"] == 0


def test_reads_of_nothing_else_have_no_kin_and_are_counted(masked, reads):
    folder, clusters = masked
    pure = [read for read in reads if set(read) <= set("AC") or set(read) <= set("GT")]
    assert len(pure) >= 2
    n_pure = 2 * N_PURE * len(UNITS)
    counts = details(folder, "embed")
    assert counts[LOW_COMPLEXITY] >= n_pure - 4  # errors may leave a key
    assert counts["bases of low complexity"] > 0.95 * n_pure * LENGTH
    sizes = {cluster: clusters.count(cluster) for cluster in clusters}
    exact = {(unit * LENGTH)[:LENGTH] for unit in UNITS}
    alone = [read for read, cluster in zip(reads, clusters, strict=True) if sizes[cluster] == 1]
    assert sorted(exact) == sorted({read for read in alone if read in exact})
    assert sum(read in exact for read in alone) == 2 * len(exact)
    assert details(folder, "pairs")["exact duplicates"] == 0


def test_ordinary_reads_have_the_same_clusters_with_and_without_the_mask(tmp_path):
    ordinary = reads_of_genome(1, False) + reads_of_genome(2, False)
    both = []
    for masks in (True, False):
        folder = tmp_path / str(masks)
        folder.mkdir()
        both.append(clusters_of(folder, ordinary, masks))
        assert details(folder, "embed")[LOW_COMPLEXITY] == 0
    assert both[0] == both[1]


def test_two_ranks_give_the_same_files(masked, tmp_path, reads, run_ranks):
    folder, _ = masked
    write_bam(tmp_path / "reads.bam", reads, paired=False)
    words = commands(tmp_path, ranks=2)
    assert embed_reads.main([*words["embed"], "--mask-low-complexity"]) == 0
    for module, stage, mask in (
        (find_pairs, "pairs", []),
        (align_pairs, "align", ["--mask-low-complexity"]),
    ):
        result = run_ranks(2, Path(module.__file__), *words[stage], *mask)
        assert result.returncode == 0, result.stderr
    names = sorted(path.name for path in (folder / "alignments").iterdir())
    assert len(names) > 1
    shards = sorted(path.name for path in (folder / "pairs_shards").iterdir())
    parts = [f"pairs_shards/{s}" for s in shards] + [f"alignments/{name}" for name in names]
    for name in ("pairs.h5", *parts):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "alignments").iterdir()) == names
