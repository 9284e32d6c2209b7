"""Reads as instruments and archives give them: interleaved, with dark cycles, in Phred+64."""

import csv
import json

import numpy as np
import pytest

from support.fastq_files import write_fastq
from support.naive_kmers import reverse_complement

pytestmark = pytest.mark.slow

READ_BP = 150
COMPONENTS = "cluster={method: connected_components}"


def pairs_of_two_genomes(name, quality, with_g):
    """Pairs, mates in turn, named by their genome; a G follows where a fragment has ended."""
    random = np.random.default_rng(1)
    records = []
    for letter in "AB":
        genome = "".join(random.choice(list("ACGT"), 4000))
        for number in range(80):
            length = int(random.integers(70, 300))
            start = int(random.integers(0, 4000 - length))
            fragment = genome[start : start + length]
            for bases in (fragment, reverse_complement(fragment)):
                end = READ_BP if with_g else min(length, READ_BP)
                bases = bases[:READ_BP].ljust(end, "G")
                records.append((name.format(letter, number), bases, quality * end))
        if with_g:
            for number in range(80, 90):
                start = int(random.integers(0, 4000 - READ_BP))
                for bases in (genome[start : start + READ_BP], "G" * READ_BP):
                    records.append((name.format(letter, number), bases, quality * READ_BP))
    return records


@pytest.fixture(scope="module")
def finished(new_clone):
    """A clone after a run of an interleaved unit with dark cycles and a unit in Phred+64."""
    clone = new_clone()
    dark = pairs_of_two_genomes("A00123:{}:HX7YDSXY:1:1101:1:{}", "F", with_g=True)
    dark = [(name.replace(":A:", ":1:").replace(":B:", ":2:"), *rest) for name, *rest in dark]
    write_fastq(clone.folder / "dark.fq.gz", dark)
    old = pairs_of_two_genomes("{}_{}", "h", with_g=False)
    old = [(name, bases, text[:-5] + 5 * "B") for name, bases, text in old]
    for mate in (0, 1):
        write_fastq(clone.folder / f"old_{mate + 1}.fq", old[mate::2])
    (clone.folder / "sheet.tsv").write_text(
        "sample\tunit\tfastq_1\tfastq_2\tinterleaved\tquality_encoding\n"
        "dark\t1\tdark.fq.gz\t\ttrue\n"
        "old\t1\told_1.fq\told_2.fq\t\t64\n"
    )
    clone.snakemake("--cores", "2", "--config", "samples=sheet.tsv", "truth=null", COMPONENTS)
    return clone


def clusters_of(clone, sample):
    with (clone.folder / "results" / "clusters.tsv").open() as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["sample"] == sample]


def flow_and_details(clone, unit):
    path = clone.folder / "work" / "counts" / "trim_reads" / f"{unit}.json"
    counts = json.loads(path.read_text())
    return counts["flows"][0], counts["details"]


@pytest.mark.parametrize(("sample", "separator", "field"), [("dark", ":", 1), ("old", "_", 0)])
def test_clusters_have_reads_of_one_genome_and_both_mates(finished, sample, separator, field):
    genomes, clusters = {}, {}
    for row in clusters_of(finished, sample):
        genomes.setdefault(row["cluster"], set()).add(row["read_id"].split(separator)[field])
        clusters.setdefault(row["read_id"].split("/")[0], []).append(row["cluster"])
    assert len(clusters) == 160
    assert all(len(both) == 2 and len({*both}) == 1 for both in clusters.values())
    assert all(len(names) == 1 for names in genomes.values())


def test_dark_cycles_are_counted(finished):
    flow, details = flow_and_details(finished, "dark.1")
    assert flow["dropped"] == {"shorter than min_length_bp without poly-G": 40}
    assert details["cutadapt"]["reads with poly-G"] > 40
    findings = (finished.folder / "results" / "findings.txt").read_text()
    assert "40 reads of little but poly-G, or with such a mate, dropped." in findings
    assert "Reads with poly-G" in (finished.folder / "results" / "report.html").read_text()


def test_qualities_are_converted(finished):
    _, details = flow_and_details(finished, "old.1")
    assert set(details["before"]["mean_quality_histogram"]) <= {"37", "38", "39"}
    assert details["cutadapt"]["bases cut for quality"] == 320 * 5
