"""Results of method genomes for the reads of report_inputs.py, with any number of pieces."""

import json

import numpy as np

from readkin.formats.cluster_summary import write_cluster_summary
from readkin.formats.clusters import STATUSES, read_clusters
from readkin.formats.exported_reads import write_folder
from readkin.formats.piece_table import write_piece_table
from support.cluster_tables import write_read_clusters


def write_genome_results(inputs, n_pieces=400, seed=3):
    """Replace the clusters of ``inputs`` by one for each genome, and write pieces.

    Of the reads 6 % are shared sequence, 5 % of low confidence and 3 % without a cluster; cluster 2
    has two strains, and cluster 3 some that cannot be divided.

    Returns:
        Options of the command for the further files.
    """
    random = np.random.default_rng(seed)
    old = read_clusters(inputs.clusters, ["read_id", "sample", "unit"])
    chance = random.random(len(old))
    status = np.select([chance < 0.06, chance < 0.11, chance < 0.14], STATUSES[1:], STATUSES[0])
    has_cluster = status != STATUSES[3]
    genomes, size = np.unique(inputs.genome[has_cluster], return_counts=True)
    number = np.zeros(inputs.genome.max(initial=0) + 1, int)
    number[genomes[np.argsort(-size, kind="stable")]] = np.arange(1, len(genomes) + 1)
    cluster = np.where(has_cluster, number[inputs.genome], 0)
    confidence = np.select(
        [status == STATUSES[2], status == STATUSES[3]], [0.6, 0.0], random.beta(40, 1, len(old))
    )
    confidence = np.where(status == STATUSES[0], np.maximum(confidence, 0.8), confidence)
    write_read_clusters(
        inputs.folder,
        old["read_id"].to_pylist(),
        cluster,
        confidence,
        sample=old["sample"].to_pylist(),
        unit=old["unit"].to_pylist(),
        status=status.tolist(),
    )
    sample = old["sample"].to_numpy(zero_copy_only=False).astype(str)
    summary = summary_of(cluster, sample, confidence, status == STATUSES[0], random)
    write_cluster_summary(inputs.cluster_summary, summary)
    write_pieces_of(inputs.folder / "pieces.parquet", summary["reads"], n_pieces, sample, random)
    return ["--pieces", str(inputs.folder / "pieces.parquet")]


def summary_of(cluster, sample, confidence, is_placed, random):
    """Return the columns of cluster_summary.tsv."""
    n = int(cluster.max(initial=0))

    def total(weights=None):
        return np.bincount(cluster, weights, minlength=n + 1)[1:]

    reads = total()
    size = random.integers(1_500_000, 6_000_000, n)
    depth = np.round(reads * 150 * 1000 / size, 2)
    divided = {
        "kind": "depth",
        "depths": [14.2, 5.1],
        "spans_bp": [1_900_000, 1_800_000],
        "divisions": [],
    }
    unclear = {"kind": "not phased", "conflicts_per_read": 0.625}
    columns = {
        "cluster": np.arange(1, n + 1),
        "name": [f"c{number:08x}" for number in random.integers(0, 1 << 32, n)],
        "reads": reads,
        "placed_reads": total(is_placed).astype(int),
        "bases": reads * 150,
        "genome_size_bp": size,
        "depth": depth,
        "gc": random.uniform(0.3, 0.7, n),
        "confidence": total(confidence) / np.maximum(reads, 1),
        "pieces": np.maximum(reads // 7, 1),
        "longest_pieces": [f"{number}:{bp}" for number, bp in enumerate(size // 9)],
        "strains": np.where(np.arange(n) == 1, 2, 0),
        "strain_evidence": [
            json.dumps([{1: divided, 2: unclear}[i]]) if i in (1, 2) else "" for i in range(n)
        ],
    }
    for name in dict.fromkeys(sample.tolist()):
        inside = total(sample == name).astype(int)
        columns[f"reads_{name}"] = inside
        columns[f"depth_{name}"] = depth * inside / np.maximum(reads, 1)
    return columns


def write_pieces_of(path, reads_of_cluster, n_pieces, sample, random):
    """Write pieces of the clusters, in numbers like those of the reads, and some without any."""
    share = np.append(reads_of_cluster * 0.97, 0.03 * reads_of_cluster.sum())
    cluster = random.choice(len(share), n_pieces, p=share / share.sum())
    cluster = np.where(cluster == len(share) - 1, 0, cluster + 1)
    middle = random.normal(0, 6, (len(share), 2))
    span = np.sort(np.exp(random.normal(8.2, 1.2, n_pieces)).astype(int) + 100)[::-1]
    place = middle[cluster] + random.normal(0, 1, (n_pieces, 2)) * (span[:, None] / 4000.0) ** -0.4
    confidence = np.where(cluster > 0, random.beta(30, 1, n_pieces), 0)
    names = list(dict.fromkeys(sample.tolist()))
    columns = {
        "piece": np.arange(n_pieces),
        "reads": span // 30 + 1,
        "bases": span * 10,
        "span": span,
        "depth": random.lognormal(2, 0.5, n_pieces),
        "gc": random.uniform(0.3, 0.7, n_pieces),
        "is_shared": random.random(n_pieces) < 0.02,
        "cluster": cluster,
        "confidence": confidence,
        "second_cluster": np.zeros(n_pieces, int),
        "second_confidence": np.zeros(n_pieces),
        "strain": np.where(cluster == 2, 1 + np.arange(n_pieces) % 2, 0),
        "strain_confidence": np.zeros(n_pieces),
        "copy_number": np.where(cluster > 0, np.where(np.arange(n_pieces) % 50, 1.0, 3.2), np.nan),
        "map_x": np.where(span < 110, np.nan, place[:, 0]),
        "map_y": np.where(span < 110, np.nan, place[:, 1]),
    }
    depths = (random.lognormal(2, 1, n_pieces) for _ in names)
    write_piece_table(path, columns, names, depths, ({}, "f"))


def write_exported(folder, names):
    """Write a folder of export_clusters with empty files for clusters 1, 2, ..."""
    rows, files = [], []
    for number, name in enumerate(names, start=1):
        of_cluster = [f"cluster_{number}.{name}_{mate}.fastq.gz" for mate in ("R1", "R2")]
        files += [(file, np.zeros(0, np.int64)) for file in of_cluster]
        counts = {"reads": 2, "pairs": 1, "bases": 300}
        rows.append({"cluster": number, "name": name, "sample": "", **counts, "files": of_cluster})
    write_folder(folder, rows, files, lambda path, _: path.write_bytes(b""), 1)
    return ["--exported", str(folder)]
