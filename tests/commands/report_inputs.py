"""Small but complete results of all stages, for the report: reads of a few genomes with known
places, the pairs that overlap, their alignments and clusters, and counts that agree with them."""

import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from formats.clusters import SCHEMA, write_clusters
from formats.counts import Flow, write_counts
from formats.hdf5_schema import PAIRS, add_array, create
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure

READ_LENGTH = 150
MIN_OVERLAP = 30  # overlaps from here on share k-mers
MIN_ALIGNED = 40  # align.min_overlap_bp
MIN_JOINED = 60  # cluster.min_overlap_bp


class Community(NamedTuple):
    """What is simulated."""

    genomes: int = 6
    genome_length: int = 4000
    reads: int = 1200  # over all units
    units: tuple[str, ...] = ("soil.1", "soil.2")
    is_paired: bool = True
    seed: int = 7


class Inputs(NamedTuple):
    """Where everything lies, and what a test compares the page with."""

    folder: Path
    counts: list[Path]
    pairs: Path
    alignments: Path
    clusters: Path
    benchmarks: Path
    config: Path
    cluster: np.ndarray
    genome: np.ndarray
    overlap: np.ndarray
    n_kin: int

    def arguments(self) -> list[str]:
        """The command line, without a comparison with the truth."""
        return [
            "--counts", *map(str, self.counts), "--pairs", str(self.pairs),
            "--alignments", str(self.alignments), "--clusters", str(self.clusters),
            "--benchmarks", str(self.benchmarks), "--config", str(self.config),
            "--title", "readkin report", "--output", str(self.folder / "report.html"),
            "--findings", str(self.folder / "findings.txt"),
        ]  # fmt: skip


def write_inputs(folder: Path, community: Community = Community()) -> Inputs:
    """Simulate ``community`` and write the results of all stages before the report."""
    random = np.random.default_rng(community.seed)
    genome = random.integers(0, max(community.genomes, 1), community.reads)
    start = random.integers(0, community.genome_length - READ_LENGTH, community.reads)
    unit = np.sort(random.integers(0, len(community.units), community.reads))
    read_a, read_b, overlap = overlapping_pairs(genome, start)
    aligned = overlap >= MIN_ALIGNED
    joined = overlap >= MIN_JOINED
    cluster = numbered(read_a[joined], read_b[joined], community.reads)
    write_pairs(folder / "pairs.h5", read_a, read_b, overlap, random, community.reads)
    write_alignments(
        folder / "alignments.parquet", read_a[aligned], read_b[aligned], overlap[aligned], random
    )
    write_cluster_tables(folder, cluster, unit, community.units)
    counts = write_all_counts(folder / "counts", community, unit, (overlap, aligned, joined), random)
    write_benchmarks(folder / "benchmarks", community.units)
    config = folder / "config.json"
    config.write_text(
        json.dumps({"truth": None, "trim": {"min_quality": 20}, "pairs": {"min_votes": 2}})
    )
    return Inputs(
        folder, counts, folder / "pairs.h5", folder / "alignments.parquet",
        folder / "clusters.parquet", folder / "benchmarks", config,
        cluster, genome, overlap, int(aligned.sum()),
    )  # fmt: skip


def overlapping_pairs(genome, start):
    """All pairs of reads of one genome that overlap by ``MIN_OVERLAP``, sorted: (a, b, overlap)."""
    read_a, read_b = np.triu_indices(len(genome), 1)
    overlap = READ_LENGTH - np.abs(start[read_a] - start[read_b])
    kin = (genome[read_a] == genome[read_b]) & (overlap >= MIN_OVERLAP)
    return read_a[kin], read_b[kin], overlap[kin]


def numbered(read_a, read_b, n_reads):
    """Cluster of each read, 1 = largest, ties by smallest read."""
    if not n_reads:
        return np.zeros(0, np.int64)
    graph = coo_array((np.ones(len(read_a), bool), (read_a, read_b)), shape=(n_reads, n_reads))
    _, label = connected_components(graph, directed=False)
    sizes, first = Counter(label.tolist()), {}
    for read, one in enumerate(label.tolist()):
        first.setdefault(one, read)
    ranked = sorted(first, key=lambda one: (-sizes[one], first[one]))
    number = {one: place for place, one in enumerate(ranked, start=1)}
    return np.array([number[one] for one in label.tolist()])


def write_pairs(path, read_a, read_b, overlap, random, n_reads):
    columns = {
        "read_a": read_a,
        "read_b": read_b,
        "votes": np.maximum(2, random.binomial(overlap - 15, 0.2)),
        "is_reverse": random.integers(0, 2, len(read_a)),
        "diagonal": np.zeros(len(read_a), int),
    }
    with create(path, PAIRS, {"min_votes": 2}, "f" * 64) as file:
        file.attrs.update({"reads_fingerprint": "r", "embeddings_fingerprint": "e"})
        file.attrs["n_reads"] = n_reads
        for name, values in columns.items():
            add_array(file, PAIRS, name, values)


def write_alignments(path, read_a, read_b, overlap, random):
    mismatches = random.binomial(overlap, 0.008)
    table = pa.table(
        {
            "read_a": pa.array(read_a, pa.uint64()),
            "read_b": pa.array(read_b, pa.uint64()),
            "strand": np.where(random.integers(0, 2, len(read_a)) == 1, "-", "+"),
            "score": pa.array(2 * overlap - 5 * mismatches, pa.int32()),
            "matches": pa.array(overlap - mismatches, pa.int32()),
            "columns": pa.array(overlap, pa.int32()),
        }
    )
    pq.write_table(table, path)


def write_cluster_tables(folder, cluster, unit, names):
    size = np.bincount(cluster) if cluster.size else np.zeros(1, int)
    representative = {}
    for read, number in enumerate(cluster.tolist()):
        representative.setdefault(number, f"read{read}/1")
    columns = {
        "read_index": range(len(cluster)),
        "read_id": [f"read{read}/1" for read in range(len(cluster))],
        "sample": [names[u].split(".")[0] for u in unit],
        "unit": [names[u].split(".")[1] for u in unit],
        "cluster": cluster.tolist(),
        "size": size[cluster].tolist(),
        "representative": [representative[number] for number in cluster.tolist()],
    }
    types = {field.name: field.type for field in SCHEMA}
    table = pa.table({name: pa.array(list(v), types[name]) for name, v in columns.items()})
    write_clusters(table, folder / "clusters.parquet", folder / "clusters.tsv")


def write_all_counts(folder, community, unit, kinship, random):
    """Counts that agree with the tables; 3 % of the raw reads were dropped by trimming."""
    overlap, aligned, joined = kinship
    paths = []
    for place, name in enumerate(community.units):
        kept = int((unit == place).sum())
        short, ambiguous = kept // 40, kept // 150
        raw = kept + short + ambiguous
        flows = {
            "trim_reads": Flow("reads", raw, kept, {"too short": short, "too many N": ambiguous}),
            "convert_fastq_to_bam": Flow("reads", kept, kept),
        }
        details = {
            "before": profile(raw, community.is_paired, 0.0, random),
            "after": profile(kept, community.is_paired, 3.0, random),
            "cutadapt": {"reads with adapter": raw // 9, "bases cut for quality": raw * 4},
        }
        for stage, flow in flows.items():
            path = folder / stage / f"{name}.json"
            write_counts(path, stage, [flow], details if stage == "trim_reads" else {}, name)
            paths.append(path)
    reads, found, kin = community.reads, len(overlap), int(aligned.sum())
    few = found // 3
    shared = {
        "embed_reads": [Flow("reads", reads, reads)],
        "find_pairs": [Flow("candidate pairs", found + few, found, {"fewer than 2 votes": few})],
        "align_pairs": [Flow("candidate pairs", found, kin, {"overlap too short": found - kin})],
        "cluster_reads": [
            Flow("reads", reads, reads),
            Flow("kin pairs", kin, int(joined.sum()), {"overlap below 60": kin - int(joined.sum())}),
        ],
    }
    for stage, flows in shared.items():
        paths.append(folder / f"{stage}.json")
        write_counts(paths[-1], stage, flows, {})
    return paths


def profile(reads, is_paired, gain, random):
    """Lengths and qualities of ``reads`` reads; trimming gained ``gain`` Phred at the ends."""
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
    """Tables as Snakemake writes them, one with what it writes for jobs too short to measure."""
    header = "s h:m:s max_rss max_vms max_uss max_pss io_in io_out mean_load cpu_time"
    rows = {f"trim_reads/{unit}.tsv": (2.5, 81.5, 3.25) for unit in units}
    rows |= {
        "embed_reads/embed_reads.tsv": (9.75, 1893.25, 14.5),
        "find_pairs/find_pairs.tsv": (4.5, 410.0, 7.0),
        "align_pairs/align_pairs.tsv": (21.0, 388.5, 40.5),
        "cluster_reads/cluster_reads.tsv": (0.25, None, None),
    }
    for name, (seconds, memory, cpu) in rows.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        memory_text, cpu_text = ("NA" if value is None else value for value in (memory, cpu))
        cells = (seconds, "0:00:00", memory_text, 0, 0, 0, 0, 0, 0, cpu_text)
        path.write_text("\t".join(header.split()) + "\n" + "\t".join(map(str, cells)) + "\n")


def write_truth_comparison(inputs, min_kin_overlap_bp=75):
    """The comparison that compare_with_truth would write; the pairs found are those aligned."""
    names = [f"genome_{number}" for number in range(int(inputs.genome.max()) + 1)]
    overlap, found = inputs.overlap, inputs.overlap >= MIN_ALIGNED
    kin = overlap >= min_kin_overlap_bp
    numbers = np.unique(inputs.cluster)
    table = np.array(
        [np.bincount(inputs.genome[inputs.cluster == c], minlength=len(names)) for c in numbers]
    )
    homogeneity, completeness, v_measure = homogeneity_completeness_v_measure(
        inputs.genome, inputs.cluster
    )
    wrong = inputs.n_kin // 100
    content = {
        "format": "readkin-truth-comparison",
        "format_version": 1,
        "settings": {"min_kin_overlap_bp": min_kin_overlap_bp, "min_true_overlap_bp": 20},
        "reads": len(inputs.cluster),
        "kin_pairs": {
            "true": int(kin.sum()) + 50,
            "true_found": int(kin.sum()),
            "recall": int(kin.sum()) / (int(kin.sum()) + 50),
            "found": inputs.n_kin,
            "right": inputs.n_kin - wrong,
            "precision": (inputs.n_kin - wrong) / inputs.n_kin,
            "by_overlap": [overlap_row(overlap, found, low) for low in range(20, READ_LENGTH, 20)],
            "wrong": [{"genomes": names[:2], "pairs": wrong}],
        },
        "clusters": {
            "number": len(numbers),
            "homogeneity": float(homogeneity),
            "completeness": float(completeness),
            "v_measure": float(v_measure),
            "adjusted_rand": float(adjusted_rand_score(inputs.genome, inputs.cluster)),
            "genomes": [genome_row(name, table[:, i]) for i, name in enumerate(names)],
            "mixed": [{"genomes": names[:2], "clusters": 1, "reads": 3}],
            "largest": [
                {"cluster": int(c), "reads": row}
                for c, row in zip(numbers[:20], table[:20].tolist(), strict=True)
            ],
        },
    }
    path = inputs.folder / "truth_comparison.json"
    path.write_text(json.dumps(content))
    return path


def overlap_row(overlap, found, low):
    inside = (overlap >= low) & (overlap < low + 20)
    true, of_these = int(inside.sum()), int((inside & found).sum())
    recall = of_these / true if true else None
    return {"from_bp": low, "to_bp": low + 19, "true": true, "found": of_these, "recall": recall}


def genome_row(name, reads):
    largest = int(reads.argmax())
    return {
        "genome": name,
        "reads": int(reads.sum()),
        "clusters": int(np.count_nonzero(reads)),
        "largest_cluster": largest + 1,
        "largest_cluster_reads": int(reads[largest]),
        "largest_cluster_share": int(reads[largest]) / int(reads.sum()),
    }
