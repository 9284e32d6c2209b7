"""Stage name_clusters: clusters find their own genomes, wrong input, nothing to name."""

import json

import numpy as np
import pytest

import cluster_reads
from name_clusters import main
from readkin.formats.cluster_names import read_cluster_names
from support.community_pieces import DIFFERENT_GC, random_genome, write_community

SETTINGS = {
    **{"min-confidence": 0.8, "match": 2, "mismatch": -3, "gap-open": 7, "gap-extend": 2},
    **{"key-k": 16, "key-fraction": 0.077, "key-seed": 1, "key-scheme": "open_syncmer"},
    "min-votes": 2,
}


def write_fasta(path, sequences):
    lines = [
        f">{name} of a test\n{''.join('ACGT'[base] for base in sequence.tolist())}\n"
        for name, sequence in sequences.items()
    ]
    path.write_text("".join(lines))


def mutated(genome, rate):
    """Return the genome with substitutions."""
    random = np.random.default_rng(5)
    changes = random.integers(1, 4, len(genome)) * (random.random(len(genome)) < rate)
    return ((genome + changes) % 4).astype(np.uint8)


@pytest.fixture(scope="module")
def clustered(tmp_path_factory):
    """Clusters of three genomes."""
    folder = tmp_path_factory.mktemp("clustered")
    genomes = [random_genome(60_000, gc, seed) for seed, gc in enumerate(DIFFERENT_GC)]
    written = write_community(folder, genomes, [[6, 5, 4]])
    files = {"pieces": written.pieces_file, "bam": written.bams[0], "method": "genomes"}
    files |= {name: folder / name for name in ("parquet", "tsv", "summary", "piece-table")}
    files |= {name: folder / name for name in ("learned-embedding", "counts")}
    files |= {"min-confidence": 0.8, "rounds": 1, "seed": 1}
    assert cluster_reads.main([f"--{name}={value}" for name, value in files.items()]) == 0
    return folder, genomes


def name(folder, output, **changes):
    """Run the stage; return its exit code."""
    files = {"pieces": folder / "pieces.h5", "piece-table": folder / "piece-table"}
    files |= {"summary": folder / "summary", "known": output / "known.fa"}
    files |= {"output": output / "names.tsv", "counts": output / "names.json"}
    words = [f"--{key}={value}" for key, value in (files | SETTINGS | changes).items()]
    return main(words)


def test_clusters_find_their_genomes(clustered, tmp_path):
    """The clusters are numbered as the genomes are; of the third one there is only a relative."""
    folder, genomes = clustered
    known = {"other": random_genome(30_000, 0.5, 9), "first": genomes[0], "second": genomes[1]}
    write_fasta(tmp_path / "known.fa", known | {"relative": mutated(genomes[2], 0.05)})
    assert name(folder, tmp_path) == 0
    rows = read_cluster_names(tmp_path / "names.tsv").to_pylist()
    assert [row["hit"] for row in rows] == ["first", "second", "relative"]
    assert [row["cluster"] for row in rows] == [1, 2, 3]
    assert [row["hit_identity"] for row in rows] == pytest.approx([1, 1, 0.95], abs=0.01)
    assert all(row["hit_windows"] > 0.9 * row["windows"] > 45 for row in rows)
    [flow] = json.loads((tmp_path / "names.json").read_text())["flows"]
    assert flow["in"] == sum(row["windows"] for row in rows)


def test_nothing_is_found(clustered, tmp_path):
    folder, _ = clustered
    write_fasta(tmp_path / "known.fa", {"other": random_genome(3000, 0.5, 9)})
    assert name(folder, tmp_path) == 0
    rows = read_cluster_names(tmp_path / "names.tsv").to_pylist()
    assert [row["hit"] for row in rows] == [""] * 3
    assert [row["hit_windows"] for row in rows] == [None] * 3


def test_no_placed_piece(clustered, tmp_path):
    folder, genomes = clustered
    write_fasta(tmp_path / "known.fa", {"first": genomes[0]})
    table = tmp_path / "none"
    cluster_table = write_unplaced(folder / "piece-table", table)
    assert name(folder, tmp_path, **{"piece-table": cluster_table}) == 0
    rows = read_cluster_names(tmp_path / "names.tsv").to_pylist()
    assert [row["windows"] for row in rows] == [0] * 3


def write_unplaced(source, target):
    """Write the table of pieces without confidence in any of them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(source)
    index = table.schema.get_field_index("confidence")
    nothing = pa.array(np.zeros(len(table), np.float32))
    pq.write_table(table.set_column(index, table.schema.field(index), nothing), target)
    return target


def test_pieces_of_another_run_are_refused(clustered, tmp_path, capsys):
    folder, genomes = clustered
    write_fasta(tmp_path / "known.fa", {"first": genomes[0]})
    write_community(tmp_path, genomes[:1], [[2]])
    assert name(folder, tmp_path, pieces=tmp_path / "pieces.h5") == 1
    assert "piece-table: found" in capsys.readouterr().err
    assert not (tmp_path / "names.tsv").exists()
