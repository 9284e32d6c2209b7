"""The search by itself, as part of a complete run, and after a change."""

import gzip
import json
import re

import dnaio
import pyarrow.parquet as pq
import pytest

from readkin.formats.fasta import decode, read_fasta

pytestmark = pytest.mark.slow

RESULTS = ("search.parquet", "search.paf.gz", "search.blast6.tsv")


@pytest.fixture(scope="module")
def searched(new_clone, pytestconfig):
    """A clone after a search of its reads for a part of phage lambda and for five reads."""
    clone = new_clone()
    clone.simulate(fragments=300)
    genomes = pytestconfig.rootpath / "tests" / "data" / "genomes"
    lambda_phage = read_fasta(genomes / "lambda.fa.gz")[0].bases
    with (clone.folder / "queries.fa").open("w") as file:
        file.write(f">lambda\n{decode(lambda_phage[10_000:18_000])}\n")
        with dnaio.open(clone.folder / "demo" / "day1.lane1_R1.fastq.gz") as reads:
            for _, read in zip(range(5), reads, strict=False):
                file.write(f">query_{read.name.split()[0]}\n{read.sequence}\n")
    clone.output = search(clone)
    return clone


def search(clone, *arguments, **settings):
    """Run the search with these settings of the section `search`."""
    settings = {"query": "queries.fa", **settings}
    given = ", ".join(f"{key}: {value}" for key, value in settings.items())
    words = arguments or ("--cores", "2", "search")
    return clone.snakemake(*words, "--config", f"search={{{given}}}")


def stages(output):
    """Return the stages of a run or of a dry run."""
    stats = output.partition("Job stats:")[2].partition("\n\n")[0]
    return set(re.findall(r"^(\w+) +\d+$", stats, re.MULTILINE)) - {"all", "search", "total", "job"}


def test_only_what_the_search_needs_runs(searched):
    needed = {"trim_reads", "convert_fastq_to_bam", "embed_reads", "search_reads"}
    assert stages(searched.output) == needed | {"list_files"}
    assert not (searched.folder / "results" / "pairs.h5").exists()


def test_reads_find_themselves(searched):
    results = searched.folder / "results"
    rows = pq.read_table(results / "search.parquet").to_pylist()
    best = {row["query"]: row for row in rows if row["rank"] == 1}
    assert len(best) == 6
    for query, row in best.items():
        assert row["evalue"] < 1e-20
        if query != "lambda":
            assert row["target"] == f"{query.removeprefix('query_')}/1"
            assert row["identity"] == 1
    assert sum(row["query"] == "lambda" for row in rows) == 10
    with gzip.open(results / "search.paf.gz", "rt") as paf:
        assert [line.split("\t")[5] for line in paf] == [row["target"] for row in rows]
    table = (results / "search.blast6.tsv").read_text().splitlines()
    assert [line.split("\t")[1] for line in table] == [row["target"] for row in rows]


def test_queries_are_counted(searched):
    counts = json.loads((searched.folder / "work" / "counts" / "search_reads.json").read_text())
    (queries,) = [flow for flow in counts["flows"] if flow["what"] == "queries"]
    assert (queries["in"], queries["out"]) == (6, 6)


def test_a_change_reruns_the_search_where_it_matters(searched):
    dry = ("-n", "--cores", "2", "search")
    assert "Nothing to be done" in search(searched, *dry)
    assert "Nothing to be done" in search(searched, *dry, protein="{gap_open: 13}")
    output = search(searched, *dry, top_n=3)
    assert stages(output) == {"search_reads"}


def test_everything_includes_the_search_if_there_is_a_query(searched):
    output = search(searched, "-n", "--cores", "2", top_n=3)
    assert {"search_reads", "write_report"} <= stages(output)
    assert "search_reads" not in searched.snakemake("-n", "--cores", "2")


def test_a_database_of_proteins(searched):
    """A protein of lambda (cro) among shuffled ones; no reads are needed."""
    cro = "MEQRITLKDYAMRFGQTKTAKDLGVYQSAINKAIHAGRKIFLTINADGSVYAEEVKPFPSNKKTTA"
    proteins = "".join(f">p{i}\n{cro[i:]}{cro[:i]}\n" for i in range(0, 60, 4))
    (searched.folder / "proteins.fa").write_text(proteins)
    (searched.folder / "cro.fa").write_text(f">cro\n{cro}\n")
    settings = {"query": "cro.fa", "database": "proteins.fa", "alphabet": "protein"}
    output = search(searched, **settings)
    assert stages(output) == {"search_reads"}
    rows = pq.read_table(searched.folder / "results" / "search.parquet").to_pylist()
    assert [row["target"] for row in rows if row["rank"] == 1] == ["p0"]
    assert rows[0]["matches"] == len(cro)
