"""Comparison with the truth: figures against counting by hand and by brute force, bad input."""

import gzip
import itertools
import json

import numpy as np
import pyarrow as pa
import pytest

from compare_with_truth import main
from readkin.formats.alignments import ALIGNMENTS, Provenance
from readkin.formats.embedding_shards import EmbeddingRun, read_shard, shard_name, write_shard
from readkin.formats.embeddings import write_index
from readkin.formats.hdf5_schema import EMBEDDING_SHARD
from support.alignment_folders import write_alignments
from support.cluster_tables import write_read_clusters
from support.pair_files import write_pairs

LENGTH = 100


class Case:
    """Input files of one comparison, written by the formats that write the real ones.

    Args:
        rows: of the truth table: read_id, genome, start, end, strand.
        lengths: of the trimmed reads.
        clusters: number of each read's cluster.
        pairs: of read indices, aligned.
        duplicates: reads, and the earlier read that each is like.
    """

    def __init__(self, folder, rows, lengths, clusters, pairs, duplicates=()):
        self.folder = folder
        self.write_duplicates(len(rows), duplicates)
        ids = [row[0] for row in rows]
        self.write_truth(rows)
        self.write_lengths(lengths)
        self.write_clusters(ids, clusters)
        self.write_alignments(pairs)

    def write_truth(self, rows, more_columns=""):
        header = "read_id\tgenome\tstart\tend\tstrand" + more_columns
        lines = [header, *("\t".join(map(str, r)) for r in rows)]
        (self.folder / "truth.tsv.gz").write_bytes(
            gzip.compress(("\n".join(lines) + "\n").encode())
        )

    def write_lengths(self, lengths):
        """Embeddings of two shards, all zero but for the lengths."""
        run = EmbeddingRun({}, "none", 4)
        half = len(lengths) // 2
        shards = []
        for number, part in enumerate((lengths[:half], lengths[half:])):
            rows = dict.fromkeys(("keys", "bytes", "runs"), 0)
            rows |= {"reads": len(part), "dimensions": run.dimensions}
            arrays: dict[str, np.ndarray] = {
                array.name: np.zeros([rows[axis] for axis in array.dims], array.dtype)
                for array in EMBEDDING_SHARD.datasets
            }
            arrays["read_length"] = np.array(part)
            path = self.folder / "shards" / shard_name(number)
            write_shard(path, run, number * half, "none", arrays)
            shards.append(read_shard(path, run, number * half, "none"))
        write_index(self.folder / "embeddings.h5", self.folder / "shards", shards, run, "none")

    def write_clusters(self, ids, clusters, confidence=1.0):
        write_read_clusters(self.folder, ids, clusters, confidence)

    def write_alignments(self, pairs):
        a, b = np.array(pairs, np.uint64).reshape(-1, 2).T
        columns = []
        for field in ALIGNMENTS.schema:
            nothing = [""] * len(a) if field.type == pa.string() else np.zeros(len(a))
            values = {"read_a": a, "read_b": b}.get(field.name, nothing)
            columns.append(pa.array(values).cast(field.type))
        table = pa.Table.from_arrays(columns, schema=ALIGNMENTS.schema)
        path = self.folder / "alignments"
        write_alignments(path, [table], Provenance({}, "none", "none"))

    def write_duplicates(self, n_reads, duplicates):
        duplicate, original = np.array(duplicates, np.uint64).reshape(-1, 2).T
        in_order = np.argsort(original, kind="stable")
        columns = duplicate[in_order], original[in_order]
        write_pairs(self.folder / "pairs.h5", n_reads, duplicates=columns)

    def compare(self, kin=60, true=20):
        """Run the command; returns its exit code."""
        return main(
            [
                *("--alignments", str(self.folder / "alignments")),
                *("--clusters", str(self.folder / "clusters.parquet")),
                *("--pairs", str(self.folder / "pairs.h5")),
                *("--embeddings", str(self.folder / "embeddings.h5")),
                *("--truth", str(self.folder / "truth.tsv.gz")),
                *("--min-kin-overlap-bp", str(kin), "--min-true-overlap-bp", str(true)),
                *("--output", str(self.folder / "comparison.json")),
            ]
        )

    def comparison(self, **rule):
        assert self.compare(**rule) == 0
        return json.loads((self.folder / "comparison.json").read_text())


SMALL = [
    ("a/1", "x", 0, 100, "+"),
    ("a/2", "x", 30, 130, "-"),
    ("b/1", "x", 60, 160, "+"),
    ("b/2", "x", 400, 500, "-"),
    ("c", "y", 0, 100, "+"),
]


def test_small_case_counted_by_hand(tmp_path):
    """Overlaps: a/1-a/2 70, a/2-b/1 70, a/1-b/1 40, no other."""
    found = [(0, 1), (0, 2), (0, 3), (2, 4)]
    case = Case(tmp_path, SMALL, [100] * 5, [1, 1, 1, 2, 1], found)
    result = case.comparison()
    pairs = result["kin_pairs"]
    assert (result["format"], result["format_version"], result["reads"]) == (
        *("readkin-truth-comparison", 2),
        5,
    )
    assert (pairs["true"], pairs["true_found"], pairs["recall"]) == (2, 1, 0.5)
    assert (pairs["found"], pairs["right"], pairs["precision"]) == (4, 2, 0.5)
    assert pairs["wrong"] == [
        {"genomes": ["x", "x"], "pairs": 1},
        {"genomes": ["x", "y"], "pairs": 1},
    ]
    bins = {entry["from_bp"]: entry for entry in pairs["by_overlap"]}
    assert bins[40] == {"from_bp": 40, "to_bp": 59, "true": 1, "found": 1, "recall": 1.0}
    assert bins[60] == {"from_bp": 60, "to_bp": 79, "true": 2, "found": 1, "recall": 0.5}
    assert bins[20]["recall"] is None
    clusters = result["clusters"]
    assert clusters["clusters"] == 2
    assert clusters["genomes"] == [
        {
            "genome": "x",
            "reads": 4,
            "unclustered": 0,
            "clusters": 2,
            "largest_cluster": 1,
            "largest_cluster_reads": 3,
            "largest_cluster_share": 0.75,
            "largest_cluster_purity": 0.75,
        },
        {
            "genome": "y",
            "reads": 1,
            "unclustered": 0,
            "clusters": 1,
            "largest_cluster": 1,
            "largest_cluster_reads": 1,
            "largest_cluster_share": 1.0,
            "largest_cluster_purity": 0.25,
        },
    ]
    assert clusters["mixed"] == [{"genomes": ["x", "y"], "clusters": 1, "reads": 1}]


def test_reads_of_different_sequences_of_a_genome_do_not_overlap(tmp_path):
    """Positions are those of a sequence; two genomes may have sequences of one name."""
    place = (0, 100, "+")
    rows = [
        ("a", "x", *place, "1", 0, 0),
        ("b", "x", *place, "1", 0, 0),
        ("c", "x", *place, "2", 150, 0),
        ("d", "x", 130, 180, "-", "2", 150, 40),  # chimeric: 40 of its 90 bases come first
        ("e", "y", *place, "1", 0, 0),
    ]
    found = list(itertools.combinations(range(5), 2))
    case = Case(tmp_path, [row[:5] for row in rows], [100, 100, 100, 90, 100], [1] * 5, found)
    case.write_truth(rows, "\tsequence\tcircle_length\toffset")
    pairs = case.comparison(kin=20, true=20)["kin_pairs"]
    assert (pairs["true"], pairs["recall"], pairs["right"]) == (2, 1.0, 2)
    bins = {entry["from_bp"]: entry["true"] for entry in pairs["by_overlap"]}
    assert (bins[20], bins[100]) == (1, 1)  # c and d share bases 0-30 of the circle
    assert pairs["wrong"] == [
        {"genomes": ["x", "x"], "pairs": 4},
        {"genomes": ["x", "y"], "pairs": 4},
    ]
    result = case.comparison()["clusters"]
    assert [genome["reads"] for genome in result["genomes"]] == [4, 1]
    case.write_truth([row[:5] for row in rows])
    assert case.comparison(kin=20, true=20)["kin_pairs"]["true"] == 3  # one sequence per genome


def test_trimmed_bases_do_not_count(tmp_path):
    """a/2 is reverse: cut to 50 bp it keeps 80-130, and shares 20 with a/1 and 50 with b/1."""
    case = Case(tmp_path, SMALL, [100, 50, 100, 100, 100], [1] * 5, [(0, 1), (1, 2)])
    bins = case.comparison(kin=50)["kin_pairs"]["by_overlap"]
    assert {entry["from_bp"]: entry["found"] for entry in bins if entry["found"]} == {20: 1, 40: 1}
    assert case.comparison(kin=51)["kin_pairs"]["true"] == 0
    assert case.comparison(kin=51)["kin_pairs"]["recall"] is None


def test_a_read_stands_for_its_duplicates(tmp_path):
    rows = [
        (f"r{i}", "x", start, start + 100, "+") for i, start in enumerate((0, 0, 20, 20, 20, 500))
    ]
    duplicates = [(1, 0), (3, 2), (4, 2)]
    # 0 and 2 are kin, and so are those like them; 4 lost its pair with 2 and represents itself.
    case = Case(tmp_path, rows, [100] * 6, [1] * 6, [(0, 1), (0, 2), (2, 3)], duplicates)
    pairs = case.comparison()["kin_pairs"]
    assert pairs["true"] == 10
    assert pairs["found"] == pairs["true_found"] == 1 + 1 + 4


def test_pairs_of_other_reads(tmp_path, capsys):
    case = Case(tmp_path, SMALL, [100] * 5, [1] * 5, [])
    case.write_duplicates(4, ())
    assert case.compare() == 1
    assert "pairs.h5: found 4 reads, expected 5 as in embeddings" in capsys.readouterr().err


def random_rows(random, n):
    start = random.integers(0, 700, n)
    genome = random.integers(0, 3, n)
    strand = random.choice(["+", "-"], n)
    return [
        (f"r{i}", "pqr"[g], s, s + LENGTH, strand[i])
        for i, (g, s) in enumerate(zip(genome.tolist(), start.tolist(), strict=True))
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_agrees_with_brute_force(tmp_path, seed):
    random = np.random.default_rng(seed)
    rows = random_rows(random, 150)
    lengths = random.integers(40, LENGTH + 1, len(rows))
    candidates = np.array(list(itertools.combinations(range(len(rows)), 2)))
    chosen = random.choice(len(candidates), 3000, replace=False)
    found = sorted(map(tuple, candidates[chosen].tolist()))
    clusters = random.integers(1, 6, len(rows)).tolist()
    result = Case(tmp_path, rows, lengths, clusters, found).comparison(kin=50, true=30)

    def shown(read):
        _, genome, start, end, strand = rows[read]
        places = range(start, start + lengths[read])
        if strand == "-":
            places = range(end - lengths[read], end)
        return {(genome, place) for place in places}

    bases = [shown(read) for read in range(len(rows))]
    overlap = {(a, b): len(bases[a] & bases[b]) for a, b in candidates.tolist()}
    kin = {pair for pair, shared in overlap.items() if shared >= 50}
    right = [pair for pair in found if overlap[pair] >= 30]
    pairs = result["kin_pairs"]
    assert pairs["true"] == len(kin) > 100
    assert pairs["recall"] == len(kin & set(found)) / len(kin)
    assert pairs["precision"] == len(right) / 3000
    assert sum(entry["pairs"] for entry in pairs["wrong"]) == 3000 - len(right)
    assert sum(entry["true"] for entry in pairs["by_overlap"]) == sum(
        shared >= 20 for shared in overlap.values()
    )
    check_cluster_scores(result["clusters"], [row[1] for row in rows], clusters)


def check_cluster_scores(found, genomes, clusters):
    """Rand index and entropies from their definitions, pair by pair and read by read."""

    def entropy(labels):
        _, counts = np.unique(labels, return_counts=True)
        return -(counts / len(labels) * np.log(counts / len(labels))).sum()

    both = entropy([f"{g} {c}" for g, c in zip(genomes, clusters, strict=True)])
    homogeneity = 1 - (both - entropy(clusters)) / entropy(genomes)
    completeness = 1 - (both - entropy(genomes)) / entropy(clusters)
    assert found["homogeneity"] == pytest.approx(homogeneity)
    assert found["completeness"] == pytest.approx(completeness)
    assert found["v_measure"] == pytest.approx(
        2 * homogeneity * completeness / (homogeneity + completeness)
    )
    pairs = list(itertools.combinations(range(len(genomes)), 2))
    same = np.array([(genomes[a] == genomes[b], clusters[a] == clusters[b]) for a, b in pairs])
    by_chance = same[:, 0].sum() * same[:, 1].sum() / len(pairs)
    highest = same.sum(axis=0).mean()
    adjusted = (same.all(axis=1).sum() - by_chance) / (highest - by_chance)
    assert found["adjusted_rand"] == pytest.approx(adjusted)


def test_perfect_clusters_and_singletons(tmp_path):
    """All reads alone is homogeneous but not complete; one cluster a genome is both."""
    perfect = Case(tmp_path, SMALL, [100] * 5, [1, 1, 1, 1, 2], []).comparison()
    assert (perfect["clusters"]["v_measure"], perfect["clusters"]["adjusted_rand"]) == (1, 1)
    assert perfect["clusters"]["mixed"] == []
    assert perfect["kin_pairs"]["precision"] is None
    alone = Case(tmp_path, SMALL, [100] * 5, [1, 2, 3, 4, 5], []).comparison()
    assert alone["clusters"]["homogeneity"] == 1
    assert alone["clusters"]["completeness"] < 0.5


def test_one_genome_has_no_cluster_scores(tmp_path):
    one = [row for row in SMALL if row[1] == SMALL[0][1]]
    found = Case(tmp_path, one, [100] * len(one), list(range(1, len(one) + 1)), []).comparison()
    assert len(one) > 1
    assert found["clusters"]["v_measure"] is None
    assert found["clusters"]["adjusted_rand"] is None
    assert found["clusters"]["clusters"] == len(one)


def test_no_reads_at_all(tmp_path):
    result = Case(tmp_path, [], [], [], []).comparison()
    assert result["reads"] == 0
    assert result["kin_pairs"]["recall"] is None
    assert result["clusters"]["genomes"] == []


def test_reads_without_a_cluster_and_with_little_confidence(tmp_path):
    case = Case(tmp_path, SMALL, [100] * 5, [1] * 5, [])
    case.write_clusters([row[0] for row in SMALL], [1, 1, 0, 0, 2], [0.9, 0.7, 0, 0, 0.6])
    clusters = case.comparison()["clusters"]
    assert (clusters["clusters"], clusters["unclustered"]) == (2, 2)
    assert clusters["homogeneity"] == 1
    assert [part["reads"] for part in clusters["by_confidence"]] == [3, 1, 0]
    assert clusters["by_confidence"][0]["adjusted_rand"] == 1
    assert [part["cluster"] for part in clusters["largest"]] == [1, 2]


def test_strains_are_scored_as_clusters_of_their_own(tmp_path):
    case = Case(tmp_path, SMALL, [100] * 5, [1] * 5, [])
    assert case.comparison()["clusters"]["strains"] is None
    ids = [row[0] for row in SMALL]
    write_read_clusters(tmp_path, ids, [1] * 5, strain=[1, 1, 1, 1, 2])
    clusters = case.comparison()["clusters"]
    assert clusters["adjusted_rand"] == 0
    assert (clusters["strains"]["clusters"], clusters["strains"]["adjusted_rand"]) == (2, 1)


def test_same_output_each_time(tmp_path):
    case = Case(tmp_path, SMALL, [100] * 5, [1, 1, 1, 2, 1], [(0, 1)])
    assert case.comparison() == case.comparison()
    text = (tmp_path / "comparison.json").read_text()
    assert str(tmp_path) not in text


def test_read_missing_in_the_truth_table(tmp_path, capsys):
    case = Case(tmp_path, SMALL, [100] * 5, [1] * 5, [])
    case.write_truth(SMALL[:3])
    assert case.compare() == 1
    assert capsys.readouterr().err == (
        f"compare_with_truth: {tmp_path / 'truth.tsv.gz'}: found no read b/2 (2 of 5 reads are"
        " missing), expected every read of the clusters; provide the truth table that was simulated"
        " together with these reads\n"
    )
    assert not (tmp_path / "comparison.json").exists()


@pytest.mark.parametrize("what", ["clusters.parquet", "alignments"])
def test_files_of_different_runs(tmp_path, capsys, what):
    case = Case(tmp_path, SMALL, [100] * 5, [1] * 5, [])
    if what == "clusters.parquet":
        case.write_clusters(["a/1", "a/2"], [1, 1])
    else:
        case.write_alignments([(0, 7)])
    assert case.compare() == 1
    error = capsys.readouterr().err
    assert f"{what}: found " in error
    assert f"expected 5 as in {tmp_path / 'embeddings.h5'}; run the stages" in error


def test_wrong_arguments_exit_with_2(tmp_path, capsys):
    case = Case(tmp_path, SMALL, [100] * 5, [1] * 5, [])
    with pytest.raises(SystemExit) as caught:
        case.compare(kin=0)
    assert caught.value.code == 2
    assert "found 0, expected at least 1" in capsys.readouterr().err
