"""Small but complete results of all stages, as input of the report.

They are computed from reads at known positions of a few genomes: overlapping pairs, alignments,
clusters, and counts that agree with these tables.
"""

import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from readkin.formats.alignments import ALIGNMENTS, Provenance
from readkin.formats.cluster_summary import write_cluster_summary
from readkin.formats.counts import Flow, write_counts
from readkin.kernels.join.candidates import Candidates
from rules import stages
from support.alignment_folders import write_alignments
from support.cluster_tables import write_read_clusters
from support.pair_files import write_pairs

READ_LENGTH = 150
MIN_OVERLAP = 30  # least overlap with shared k-mers
MIN_ALIGNED = 40  # align.min_overlap_bp
MIN_JOINED = 60  # cluster.min_overlap_bp


class Community(NamedTuple):
    """Parameters of the simulated community."""

    genomes: int = 6
    genome_length: int = 4000
    reads: int = 1200  # over all units
    units: tuple[str, ...] = ("soil.1", "soil.2")
    is_paired: bool = True
    seed: int = 7


class Inputs(NamedTuple):
    """Paths of the files, and the numbers that a test expects on the page."""

    folder: Path
    counts: list[Path]
    pairs: Path
    alignments: Path
    clusters: Path
    cluster_summary: Path
    benchmarks: Path
    config: Path
    cluster: np.ndarray
    genome: np.ndarray
    overlap: np.ndarray
    n_kin: int

    def arguments(self) -> list[str]:
        """Return the command line, without a comparison with the truth."""
        options = {
            "pairs": self.pairs,
            "alignments": self.alignments,
            "clusters": self.clusters,
            "cluster-summary": self.cluster_summary,
            "benchmarks": self.benchmarks,
            "config": self.config,
            "title": "readkin report",
            "output": self.folder / "report.html",
            "findings": self.folder / "findings.txt",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        return ["--counts", *map(str, self.counts), "--stages", *STAGES, *words]


# Stages of a run without those on request.
STAGES = [
    f"{stage.name}={','.join(stage.counts)}"
    for stage in stages.STAGES.values()
    if stage.only_with in ("", "truth")
]

DEFAULT_COMMUNITY = Community()


def write_inputs(folder: Path, community: Community = DEFAULT_COMMUNITY) -> Inputs:
    """Simulate a community and write the results of all stages that precede the report."""
    random = np.random.default_rng(community.seed)
    genome = random.integers(0, max(community.genomes, 1), community.reads)
    start = random.integers(0, community.genome_length - READ_LENGTH, community.reads)
    unit = np.sort(random.integers(0, len(community.units), community.reads))
    read_a, read_b, overlap = overlapping_pairs(genome, start)
    aligned = overlap >= MIN_ALIGNED
    joined = overlap >= MIN_JOINED
    cluster = numbered(read_a[joined], read_b[joined], community.reads)
    pairs = Candidates(
        read_a=read_a,
        read_b=read_b,
        votes=np.maximum(2, random.binomial(overlap - 15, 0.2)),
        is_reverse=random.integers(0, 2, len(read_a)),
        diagonal=np.zeros(len(read_a), int),
    )
    write_pairs(folder / "pairs.h5", community.reads, pairs, parameters={"min_votes": 2})
    write_alignment_files(folder, read_a[aligned], read_b[aligned], overlap[aligned], random)
    write_cluster_tables(folder, cluster, unit, community.units)
    counts = write_all_counts(
        folder / "counts", community, unit, (overlap, aligned, joined), random
    )
    write_benchmarks(folder / "benchmarks", community.units)
    config = folder / "config.json"
    settings = {"truth": None, "trim": {"min_quality": 20}, "search": {"dna": {"match": 2}}}
    config.write_text(json.dumps(settings))
    return Inputs(
        folder=folder,
        counts=counts,
        pairs=folder / "pairs.h5",
        alignments=folder / "alignments",
        clusters=folder / "clusters.parquet",
        cluster_summary=folder / "cluster_summary.tsv",
        benchmarks=folder / "benchmarks",
        config=config,
        cluster=cluster,
        genome=genome,
        overlap=overlap,
        n_kin=int(aligned.sum()),
    )


def overlapping_pairs(genome, start):
    """Return all pairs of reads of a genome that overlap by ``MIN_OVERLAP``: a, b, overlap."""
    order = np.lexsort((start, genome))
    found = [np.zeros((3, 0), np.int64)]
    for step in range(1, len(genome)):
        left, right = order[:-step], order[step:]
        overlap = READ_LENGTH - (start[right] - start[left])
        kin = (genome[left] == genome[right]) & (overlap >= MIN_OVERLAP)
        if not kin.any():
            break
        left, right = left[kin], right[kin]
        found.append(np.array([np.minimum(left, right), np.maximum(left, right), overlap[kin]]))
    read_a, read_b, overlap = np.hstack(found)
    by_read = np.lexsort((read_b, read_a))
    return read_a[by_read], read_b[by_read], overlap[by_read]


def numbered(read_a, read_b, n_reads):
    """Return the cluster number of each read: 1 is the largest, ties by smallest read."""
    if not n_reads:
        return np.zeros(0, np.int64)
    graph = coo_array((np.ones(len(read_a), bool), (read_a, read_b)), shape=(n_reads, n_reads))
    _, label = connected_components(graph, directed=False)
    sizes = Counter(label.tolist())
    first: dict[int, int] = {}
    for read, component in enumerate(label.tolist()):
        first.setdefault(component, read)
    ranked = sorted(first, key=lambda component: (-sizes[component], first[component]))
    number = {component: rank for rank, component in enumerate(ranked, start=1)}
    return np.array([number[component] for component in label.tolist()])


def write_alignment_files(folder, read_a, read_b, overlap, random):
    """Write alignments of length ``overlap`` with 0.8 % mismatches, half of them on strand "-"."""
    matches = overlap - random.binomial(overlap, 0.008)
    columns = {
        "read_a": read_a,
        "read_b": read_b,
        "strand": np.where(random.integers(0, 2, len(read_a)) == 1, "-", "+"),
        "score": 2 * matches - 3 * (overlap - matches),
        "score_bound": 2 * matches - 3 * (overlap - matches),
        "start_a": READ_LENGTH - overlap,
        "end_a": np.full_like(overlap, READ_LENGTH),
        "start_b": np.zeros_like(overlap),
        "end_b": overlap,
        "length_a": np.full_like(overlap, READ_LENGTH),
        "length_b": np.full_like(overlap, READ_LENGTH),
        "matches": matches,
        "alignment_length": overlap,
        "low_complexity": np.zeros_like(overlap),
        "identity": matches / np.maximum(overlap, 1),
        "votes": overlap // 5,
        "cigar": [f"{length}=" for length in overlap],
    }
    table = pa.table(
        {f.name: pa.array(columns[f.name]).cast(f.type, safe=False) for f in ALIGNMENTS.schema}
    )
    write_alignments(folder / "alignments", [table], Provenance({}, "f", "r"))


def write_cluster_tables(folder, cluster, unit, names):
    """Write the clusters of all reads, of which every tenth is not placed, and their summary."""
    samples = np.array([name.split(".")[0] for name in names])[unit]
    reads = np.arange(len(cluster))
    write_read_clusters(
        folder,
        [f"read{read}/1" for read in reads],
        cluster,
        np.where(reads % 10, 0.9, 0.5),
        sample=samples,
        unit=[names[u].split(".")[1] for u in unit],
    )
    size = np.bincount(cluster)[1:]
    numbers = np.arange(1, len(size) + 1)
    columns = {"cluster": numbers, "reads": size, "placed_reads": size - size // 10}
    columns |= {"name": [f"c{n:08d}" for n in numbers], "confidence": np.full(len(size), 0.86)}
    for name in dict.fromkeys(name.split(".")[0] for name in names):
        inside = np.bincount(cluster[samples == name], minlength=len(size) + 1)[1:]
        columns[f"reads_{name}"] = inside
    write_cluster_summary(folder / "cluster_summary.tsv", columns)


def write_all_counts(folder, community, unit, kinship, random):
    """Write counts that agree with the tables; trimming dropped 3 % of the raw reads."""
    overlap, aligned, joined = kinship
    paths = []
    for number, name in enumerate(community.units):
        kept = int((unit == number).sum())
        short, ambiguous = kept // 40, kept // 150
        raw = kept + short + ambiguous
        flows = {
            "trim_reads": Flow("reads", raw, kept, {"too short": short, "too many N": ambiguous}),
            "convert_fastq_to_bam": Flow("reads", kept, kept),
        }
        details = {
            "trim_reads": {
                "before": profile(raw, community.is_paired, 0.0, random),
                "cutadapt": {"reads with adapter": raw // 9, "bases cut for quality": raw * 4},
            },
            "convert_fastq_to_bam": {"after": profile(kept, community.is_paired, 3.0, random)},
        }
        for stage, flow in flows.items():
            path = folder / stage / f"{name}.json"
            write_counts(path, stage, [flow], details[stage], name)
            paths.append(path)
    reads, found, kin = community.reads, len(overlap), int(aligned.sum())
    few, n_joined = found // 3, int(joined.sum())
    shared = {
        "embed_reads": [Flow("reads", reads, reads)],
        "find_pairs": [Flow("candidate pairs", found + few, found, {"fewer than 2 votes": few})],
        "align_pairs": [Flow("candidate pairs", found, kin, {"overlap too short": found - kin})],
        "join_reads": [
            Flow("reads", reads, reads),
            Flow("kin pairs", kin, n_joined, {"between pieces: unclear": kin - n_joined}),
        ],
        "cluster_reads": [Flow("reads", reads, reads)],
    }
    for stage, stage_flows in shared.items():
        paths.append(folder / f"{stage}.json")
        details = {"exact duplicates": 7, "shared keys": 5 * found} if stage == "find_pairs" else {}
        write_counts(paths[-1], stage, stage_flows, details)
    return paths


def profile(reads, is_paired, gain, random):
    """Return statistics of reads; trimming raised the quality at the ends by ``gain`` Phred."""
    lengths = READ_LENGTH - (random.geometric(0.05, reads) - 1) * (random.random(reads) < 0.2)
    lengths = np.maximum(lengths, 50)
    means = np.rint(np.minimum(40, random.normal(33 + gain / 2, 2.2, reads))).astype(int)
    position = np.arange(READ_LENGTH)
    curves = {
        mate: [round(float(q), 2) for q in 37 - fall * (position / READ_LENGTH) ** 3 + gain / 3]
        for mate, fall in (("R1", 9 - gain), ("R2", 13 - gain))[: 1 + is_paired]
    }
    return {
        "reads": reads,
        "bases": int(lengths.sum()),
        "length_histogram": {str(k): v for k, v in sorted(Counter(lengths.tolist()).items())},
        "mean_quality_histogram": {str(k): v for k, v in sorted(Counter(means.tolist()).items())},
        "quality_by_position": curves if reads else {mate: [0.0] for mate in curves},
    }


def write_benchmarks(folder, units):
    """Write benchmark tables as Snakemake does; one job was too short to measure."""
    header = "s h:m:s max_rss max_vms max_uss max_pss io_in io_out mean_load cpu_time"
    rows: dict[str, tuple[float, float | None, float | None]]
    rows = {f"trim_reads/{unit}.tsv": (2.5, 81.5, 3.25) for unit in units}
    rows |= {
        "embed_reads/embed_reads.tsv": (9.75, 1893.25, 14.5),
        "find_pairs/find_pairs.tsv": (4.5, 410.0, 7.0),
        "align_pairs/align_pairs.tsv": (21.0, 388.5, 40.5),
        "join_reads/join_reads.tsv": (3.0, 301.5, 5.5),
        "cluster_reads/cluster_reads.tsv": (0.25, None, None),
    }
    for name, (seconds, memory, cpu) in rows.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        memory_text, cpu_text = ("NA" if value is None else value for value in (memory, cpu))
        cells = (seconds, "0:00:00", memory_text, 0, 0, 0, 0, 0, 0, cpu_text)
        path.write_text("\t".join(header.split()) + "\n" + "\t".join(map(str, cells)) + "\n")
