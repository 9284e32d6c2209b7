"""search_reads as a command: brute-force comparison, three formats, ranks, counts, errors."""

import gzip
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

import search_reads
from readkin.formats.hits import read_hits
from readkin.formats.sequences import DNA
from readkin.formats.substitution_matrix import read_matrix
from readkin.kernels.smith_waterman.alignment import Scoring, dna_scoring
from readkin.kernels.statistics.evalues import Database, bit_score, dna_parameters, evalue
from support import naive_kmers
from support.embedded_reads import embed, embed_bams
from support.genome_reads import genome_reads, write_bam
from support.naive_smith_waterman import rescored
from support.repository import SCRIPTS
from support.search_inputs import (
    SearchInputs,
    changed,
    dna_inputs,
    expected_hits,
    protein_inputs,
    random_text,
)

COMMAND = SCRIPTS / "search_reads.py"
NO_LIMIT = {"max_evalue": 1e9}
PAF_COLUMNS = (
    "query query_length query_start query_end strand"
    " target target_length target_start target_end matches alignment_length"
)
INPUTS = {"dna": dna_inputs, "protein": protein_inputs}


def search(inputs, *flags, **changes):
    """Run the command in this process; return rows, PAF lines, fields of BLAST's table, counts."""
    assert search_reads.main(inputs.arguments(*flags, **changes)) == 0
    return contents(inputs)


def contents(inputs):
    parquet, paf, blast_table, counts = inputs.outputs
    with gzip.open(paf, "rt") as file:
        paf_lines = file.read().splitlines()
    table = [line.split("\t") for line in blast_table.read_text().splitlines()]
    return read_hits(parquet), paf_lines, table, json.loads(counts.read_text())


def flow(counts, what):
    (found,) = [flow for flow in counts["flows"] if flow["what"] == what]
    return found


def key_columns(table):
    return [(r["query"], r["target"], r["strand"], r["score"]) for r in table.to_pylist()]


@pytest.fixture(scope="module", params=INPUTS)
def exhaustive(request, tmp_path_factory):
    """Inputs, and the five best hits per query of an exhaustive search by one process."""
    inputs = INPUTS[request.param](tmp_path_factory.mktemp(request.param))
    return inputs, search(inputs, "--exhaustive", top_n=5, **NO_LIMIT)


def test_exhaustive_search_equals_brute_force(exhaustive):
    inputs, (table, *_) = exhaustive
    expected = expected_hits(inputs, 5)
    assert key_columns(table) == expected
    ranks = [row["rank"] for row in table.to_pylist()]
    starts = [i for i, row in enumerate(expected) if i == 0 or row[0] != expected[i - 1][0]]
    sizes = np.diff([*starts, len(expected)])
    assert ranks == [rank + 1 for size in sizes for rank in range(size)]


def test_alignments_have_the_reported_score(exhaustive):
    inputs, (table, *_) = exhaustive
    residues, scoring = DNA, dna_scoring(2, -3, 7, 2)
    if inputs.alphabet == "protein":
        matrix = read_matrix("BLOSUM62")
        residues, scoring = matrix.letters, Scoring(matrix.scores.astype(np.int16), 12, 1)
    for row in table.to_pylist():
        query, target = inputs.queries[row["query"]], inputs.targets[row["target"]]
        start = row["query_start"]
        if row["strand"] == "-":
            query = naive_kmers.reverse_complement(query)
            start = row["query_length"] - row["query_end"]
        codes = [[residues.index(residue) for residue in text] for text in (query, target)]
        runs = parse(row["cigar"])
        score, end_a, end_b = rescored(*codes, start, row["target_start"], runs, scoring)
        assert score == row["score"]
        assert end_a - start == row["query_end"] - row["query_start"]
        assert end_b == row["target_end"]
        assert (row["query_length"], row["target_length"]) == (len(query), len(target))


def parse(cigar):
    runs, number = [], ""
    for character in cigar:
        if character.isdigit():
            number += character
        else:
            runs.append((int(number), character))
            number = ""
    return runs


def test_all_formats_have_the_same_content(exhaustive):
    _, (table, paf, blast_table, _) = exhaustive
    rows = table.to_pylist()
    assert len(rows) == len(paf) == len(blast_table) > 0
    for row, line, fields in zip(rows, paf, blast_table, strict=True):
        ends = row["target_start"] + 1, row["target_end"]
        assert line.split("\t")[:12] == [*(str(row[name]) for name in PAF_COLUMNS.split()), "255"]
        assert line.endswith(f"\tAS:i:{row['score']}\tcg:Z:{row['cigar']}")
        assert len(fields) == 12
        assert fields[:2] == [row["query"], row["target"]]
        numbers = list(map(int, fields[3:10]))
        assert numbers == [
            row["alignment_length"],
            row["mismatches"],
            row["gap_opens"],
            row["query_start"] + 1,
            row["query_end"],
            *(ends if row["strand"] == "+" else ends[::-1]),
        ]
        assert float(fields[2]) == pytest.approx(100 * row["identity"], abs=6e-4)


@pytest.mark.parametrize("ranks", [2, 3])
def test_result_does_not_depend_on_ranks_and_size_of_work_items(
    exhaustive, tmp_path, run_ranks, ranks
):
    inputs, expected = exhaustive
    again = SearchInputs(tmp_path, {}, {}, inputs.alphabet)
    files = {"query": inputs.folder / "queries.fa", "database": inputs.folder / "targets.fa"}
    changes = files | NO_LIMIT | {"top_n": 5, "ranks": ranks, "chunk_letters": 1}
    done = run_ranks(ranks, COMMAND, *again.arguments("--exhaustive", **changes))
    assert done.returncode == 0, done.stderr
    assert_same(contents(again), expected)


def assert_same(one, other):
    for left, right in zip(one, other, strict=True):
        assert left == right


def test_counts_add_up(exhaustive):
    inputs, (table, _, _, counts) = exhaustive
    assert [flow["what"] for flow in counts["flows"]] == ["queries", "hits"]
    with_hits = len(set(table["query"].to_pylist()))
    n_queries, n_targets = len(inputs.queries), len(inputs.targets)
    queries, hits = flow(counts, "queries"), flow(counts, "hits")
    assert (queries["in"], queries["out"]) == (n_queries, with_hits)
    assert (hits["in"], hits["out"]) == (n_queries * n_targets, len(table))
    assert hits["dropped"]["E-value above max_evalue"] == 0
    assert counts["details"]["database sequences"] == n_targets
    assert counts["details"]["database residues"] == sum(map(len, inputs.targets.values()))
    assert counts["details"]["cells"] >= sum(map(len, inputs.queries.values())) * sum(
        map(len, inputs.targets.values())
    )


def test_evalue_limit(exhaustive, tmp_path):
    inputs, (table, *_) = exhaustive
    again = SearchInputs(tmp_path, {}, {}, inputs.alphabet)
    files = {"query": inputs.folder / "queries.fa", "database": inputs.folder / "targets.fa"}
    kept, _, _, counts = search(again, "--exhaustive", **files, top_n=5, max_evalue=1e-3)
    assert 0 < len(kept) < len(table)
    expected = [row for row in table.to_pylist() if row["evalue"] <= 1e-3]
    names = ("query", "target", "strand", "score", "evalue", "bit_score", "cigar")
    for row, other in zip(kept.to_pylist(), expected, strict=True):
        assert {name: row[name] for name in names} == {name: other[name] for name in names}
    dropped = flow(counts, "hits")["dropped"]["E-value above max_evalue"]
    assert dropped == len(table) - len(kept)


def test_statistics_are_those_of_the_whole_database(tmp_path):
    inputs = dna_inputs(tmp_path)
    table, *_ = search(inputs, **NO_LIMIT)
    parameters = dna_parameters(2, -3, 7, 2)
    database = Database(sum(map(len, inputs.targets.values())), len(inputs.targets))
    score, query, target = (
        table[name].to_numpy() for name in ("score", "query_length", "target_length")
    )
    expected = evalue(score, query, target, database, parameters)
    np.testing.assert_array_equal(table["evalue"].to_numpy(), expected)
    np.testing.assert_array_equal(table["bit_score"].to_numpy(), bit_score(score, parameters))


def test_filtered_search_finds_the_same_kin(tmp_path, run_ranks):
    inputs = dna_inputs(tmp_path)
    everything, *_ = search(inputs, "--exhaustive", max_evalue=1e-9)
    settings = {"max_evalue": 1e-9, "key_k": 11, "key_fraction": 0.5, "min_votes": 1}
    found = search(inputs, **settings)
    assert found[0] == everything.cast(found[0].schema)
    assert len(everything) > 12
    counts = found[3]
    candidates, hits = flow(counts, "candidate hits"), flow(counts, "hits")
    assert candidates["out"] == hits["in"]
    assert counts["details"]["queries without a key"] == 1  # the query of N only
    for ranks in (2, 3):
        arguments = inputs.arguments(**settings, ranks=ranks, chunk_letters=10_000)
        done = run_ranks(ranks, COMMAND, *arguments)
        assert done.returncode == 0, done.stderr
        assert_same(contents(inputs), found)


def test_votes_decide_what_is_aligned(tmp_path):
    inputs = dna_inputs(tmp_path)
    few, _, _, counts_few = search(inputs, key_k=11, key_fraction=1, min_votes=1)
    many, _, _, counts_many = search(inputs, key_k=11, key_fraction=1, min_votes=30)
    assert set(key_columns(many)) < set(key_columns(few))
    one, other = (flow(counts, "candidate hits") for counts in (counts_few, counts_many))
    assert one["in"] == other["in"] == one["out"]
    assert other["dropped"]["fewer votes than min_votes"] > 0


def of_reads(inputs, bams, *flags, **changes):
    """Return the command line for the reads of BAM files as database."""
    embeddings = embed_bams(bams, inputs.folder)
    files = {"embeddings": embeddings, "reads": inputs.folder / "reads.parquet", "database": None}
    return inputs.arguments(*flags, **files, **changes)


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_reads_as_database(tmp_path, run_ranks, ranks):
    """Reads of both strands of a genome as targets: hits of the brute force, by read id."""
    reads = genome_reads(300, 80, 0.02, seed=2, genome_length=3000)
    reads[17] = f"{reads[17][:30]}NNN{reads[17][33:]}"
    bams = [
        write_bam(tmp_path / "a.bam", reads[:200], paired=True),
        write_bam(tmp_path / "b.bam", reads[200:], paired=False),
    ]
    names = [f"a{i // 2}/{i % 2 + 1}" for i in range(200)] + [f"b{i}" for i in range(100)]
    queries = {"x": reads[17], "y": reads[230] + reads[250]}
    inputs = SearchInputs(tmp_path, queries, dict(zip(names, reads, strict=True)))
    words = of_reads(inputs, bams, "--exhaustive", top_n=400, ranks=ranks, **NO_LIMIT)
    done = run_ranks(ranks, COMMAND, *words)
    assert done.returncode == 0, done.stderr
    table = contents(inputs)[0]
    assert key_columns(table) == expected_hits(inputs, 400)
    index = dict(zip(names, range(300), strict=True))
    for row in table.to_pylist():
        assert row["target_index"] == index[row["target"]]
    best = {row["query"]: row["target"] for row in table.to_pylist() if row["rank"] == 1}
    assert best["x"] == "a8/2"


def test_windows_of_a_long_target_give_the_hits_of_the_whole_target(tmp_path):
    """Hits at, across and near the ends of windows, on both strands, with gaps."""
    random = np.random.default_rng(3)
    query = random_text(random, 300)
    background = random_text(random, 40_000)
    gapped = query[:140] + random_text(random, 60) + query[140:]
    for start in (0, 4096 - 100, 8192 - 300, 16_000, 40_000):
        for number, text in enumerate((query, naive_kmers.reverse_complement(gapped))):
            target = background[:start] + changed(random, text, 0.03) + background[start:]
            inputs = SearchInputs(tmp_path, {"q": query}, {"t": target})
            table, *_ = search(inputs, "--exhaustive")
            assert key_columns(table) == expected_hits(inputs, 1), (start, number)
            (row,) = table.to_pylist()
            assert row["target_start"] - 10 <= start <= row["target_start"] + 10


def test_no_hit_is_no_error(tmp_path, capsys):
    inputs = SearchInputs(tmp_path, {"n": "NNNNNNNNNN", "short": "ACG"}, {"t": "ACGTTGCA" * 9})
    table, paf, blast_table, counts = search(inputs)
    assert (len(table), paf, blast_table) == (0, [], [])
    assert flow(counts, "queries")["dropped"] == {"no hit": 2}
    assert "queries without a hit: 2 (n, short)" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [[], ["--exhaustive"]])
def test_a_database_without_reads(tmp_path, flags):
    inputs = SearchInputs(tmp_path, {"q": "ACGT" * 20}, {})
    bam = write_bam(tmp_path / "empty.bam", [], paired=False)
    assert search_reads.main(of_reads(inputs, [bam], *flags)) == 0
    table, _, _, counts = contents(inputs)
    assert len(table) == 0
    assert flow(counts, "queries")["dropped"] == {"no hit": 1}


def test_names_of_other_reads_are_refused(tmp_path, capsys):
    inputs = SearchInputs(tmp_path, {"q": "ACGT" * 20}, {})
    words = of_reads(inputs, [write_bam(tmp_path / "a.bam", ["ACGT" * 20], paired=False)])
    (tmp_path / "other").mkdir()
    embeddings = embed(tmp_path / "other", ["TTGCA" * 10])
    assert search_reads.main([*words, f"--embeddings={embeddings}"]) == 1
    assert f"{tmp_path}/reads.parquet:reads_fingerprint: found " in capsys.readouterr().err


WRONG = {
    "no names": ({"database": None, "embeddings": COMMAND}, "--embeddings: needs --reads"),
    "unknown scores": (
        {"mismatch": -9},
        "E-values are not known for match 2, mismatch -9, only for 1/-5",
    ),
    "unknown gaps": ({"gap_open": 20}, "are not known for gap_open 20, gap_extend 2, only for"),
    "gap_extend above gap_open": ({"gap_extend": 9}, "gap_extend: found 9, expected 1 to 7"),
    "no scores": ({"match": None}, "--alphabet dna: needs --match and --mismatch"),
    "matrix of proteins": ({"matrix": "BLOSUM62"}, "--alphabet dna: needs --match and --mismatch"),
    "no matrix": (
        {"alphabet": "protein", "match": None, "mismatch": None},
        "--alphabet protein: needs --matrix",
    ),
    "no file": ({"query": "nowhere.fa"}, "nowhere.fa: no such file"),
    "no target kept": ({"top_n": 0}, "--top-n: found 0, expected at least 1"),
}


@pytest.mark.parametrize(("changes", "message"), WRONG.values(), ids=WRONG)
def test_wrong_arguments_exit_with_2(tmp_path, capsys, changes, message):
    inputs = SearchInputs(tmp_path, {"q": "ACGT"}, {"t": "ACGT"})
    with pytest.raises(SystemExit) as stopped:
        search_reads.main(inputs.arguments(**changes))
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_matrix_of_bases_is_refused_for_proteins(tmp_path, capsys):
    inputs = SearchInputs(tmp_path, {"q": "ACGT"}, {"t": "ACGT"}, "protein")
    changes = {"matrix": "NUC.4.4", "gap_open": 10, "gap_extend": 6}
    with pytest.raises(SystemExit) as stopped:
        search_reads.main(inputs.arguments(**changes))
    assert stopped.value.code == 2
    assert "expected a matrix of proteins" in capsys.readouterr().err


def test_names_may_have_any_letters(tmp_path):
    name, sequence = "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "GATTACAGGATCCATACGTTGCAT" * 3
    inputs = SearchInputs(tmp_path, {name: sequence}, {"t": sequence})
    assert search_reads.main(inputs.arguments("--exhaustive")) == 0
    parquet, paf, blast_table, _ = inputs.outputs
    assert pq.read_table(parquet)["query"].to_pylist() == [name]
    assert gzip.decompress(paf.read_bytes()).decode().startswith(f"{name}\t72\t0\t72\t+\tt\t")
    assert blast_table.read_text(encoding="utf-8").startswith(f"{name}\tt\t100.000\t72\t")


@pytest.mark.parametrize("ranks", [1, 2])
def test_bad_files_are_reported_once_and_leave_no_output(tmp_path, run_ranks, ranks):
    inputs = SearchInputs(tmp_path, {"q": "ACGT", "bad": "MEEPQSDPSV"}, {"t": "ACGT"})
    done = run_ranks(ranks, COMMAND, *inputs.arguments(ranks=ranks))
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if "found 'E' in" in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"search_reads: {tmp_path}/queries.fa:4: found 'E' in the sequence")
    assert not any(path.exists() for path in inputs.outputs)
