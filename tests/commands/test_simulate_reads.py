"""The simulator's command: its files, their agreement with the truth table, wrong arguments."""

import gzip
import subprocess
import sys
from pathlib import Path

import dnaio
import numpy as np
import pytest

from readkin.formats.community import read_community
from readkin.formats.fasta import decode
from simulate_reads import ADAPTERS, main

REPOSITORY = Path(__file__).parents[2]
DEMO = REPOSITORY / "tests/data/demo_community.tsv"
PERFECT = [
    *("--substitution-rate-start", "0", "--substitution-rate-end", "0"),
    *("--indel-rate", "0", "--n-rate", "0", "--n-run-fraction", "0"),
]


def simulate(output, *options, community=DEMO):
    """Run the command in this process and return its exit code."""
    return main(["--community", str(community), "--output", str(output), *map(str, options)])


def fastq_reads(path):
    with dnaio.open(path, open_threads=0) as file:
        return [(read.name, read.sequence, read.qualities) for read in file]


def truth_rows(folder):
    lines = gzip.decompress((folder / "truth.tsv.gz").read_bytes()).decode().splitlines()
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]


def demo_genomes():
    return {genome.name: decode(genome.bases) for genome in read_community(DEMO)}


def origin(genomes, row):
    """Return the bases of the genome at the origin of a read in the truth table."""
    text = genomes[row["genome"]][int(row["start"]) : int(row["end"])]
    if row["strand"] == "+":
        return text
    return text[::-1].translate(str.maketrans("ACGT", "TGCA"))


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_same_seed_same_bytes_other_seed_other_reads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder, seed in (("a/reads", 5), ("b/reads", 5), ("c/reads", 6)):
        assert simulate(folder, "--fragments", 300, "--seed", seed, "--units", "s:1", "s:2") == 0
    first, again, other = (contents(Path(f"{name}/reads")) for name in "abc")
    sheets = [files.pop("samples.tsv").decode() for files in (first, again, other)]
    assert first == again
    assert list(first) == [
        *("s.1_R1.fastq.gz", "s.1_R2.fastq.gz", "s.2_R1.fastq.gz", "s.2_R2.fastq.gz"),
        "truth.tsv.gz",
    ]
    assert all(first[name] != other[name] for name in first)
    assert sheets[0] == sheets[1].replace("b/", "a/")


def test_perfect_reads_are_what_the_truth_table_says(tmp_path):
    assert simulate(tmp_path, "--fragments", 3000, *PERFECT, "--units", "s:1", "s:2") == 0
    genomes = demo_genomes()
    rows = truth_rows(tmp_path)
    reads = {}
    for unit in (1, 2):
        for mate in (1, 2):
            for name, sequence, _ in fastq_reads(tmp_path / f"s.{unit}_R{mate}.fastq.gz"):
                assert name.split()[1].startswith(f"{mate}:N:0:")
                reads[f"{name.split()[0]}/{mate}"] = sequence
    assert {row["genome"] for row in rows} == set(genomes)
    assert len(rows) == len(reads) == 6000
    with_adapter = 0
    for row in rows:
        shown = origin(genomes, row)
        adapter = ADAPTERS[int(row["read_id"][-1]) - 1]
        assert reads[row["read_id"]] == (shown + adapter + "G" * 150)[:150]
        with_adapter += len(shown) < 150
    assert 100 < with_adapter < 400  # 3.2 % of fragments with mean 280 and sd 70 are shorter


def test_reads_are_numbered_as_later_stages_number_them(tmp_path):
    """Units in order, mates next to each other."""
    assert simulate(tmp_path, "--fragments", 50, "--units", "s:a", "s:b", "s:c") == 0
    expected = []
    for unit in "abc":
        mates = [fastq_reads(tmp_path / f"s.{unit}_R{mate}.fastq.gz") for mate in (1, 2)]
        for first, second in zip(*mates, strict=True):
            assert first[0].split()[0] == second[0].split()[0]
            expected += [first[0].split()[0] + "/1", second[0].split()[0] + "/2"]
    assert [row["read_id"] for row in truth_rows(tmp_path)] == expected
    assert len(set(expected)) == 100


def test_errors_and_qualities_of_the_defaults(tmp_path):
    """0.3 % substitutions: the mean of 0.0004 rising geometrically to 0.01."""
    options = ("--indel-rate", 0, "--n-run-fraction", 0.05)
    assert simulate(tmp_path, "--fragments", 4000, *options) == 0
    genomes = demo_genomes()
    sequences, phred = [], []
    for mate in (1, 2):
        for _, sequence, qualities in fastq_reads(tmp_path / f"simulated.lane1_R{mate}.fastq.gz"):
            sequences.append(sequence)
            phred.append(qualities)
    rows = truth_rows(tmp_path)
    rows = rows[0::2] + rows[1::2]  # all first mates, then all second ones
    wrong = compared = n_bases = 0
    for row, sequence in zip(rows, sequences, strict=True):
        for shown, true in zip(sequence, origin(genomes, row), strict=False):
            n_bases += shown == "N"
            compared += shown != "N"
            wrong += shown not in ("N", true)
    expected = (0.01 - 0.0004) / np.log(0.01 / 0.0004)
    assert wrong / compared == pytest.approx(expected, rel=0.1)
    assert n_bases / (compared + n_bases) == pytest.approx(0.0005 + 0.05 / 3, rel=0.2)
    values = np.frombuffer("".join(phred).encode(), np.uint8).reshape(-1, 150) - 33
    assert values.min() >= 2
    assert values.max() <= 41
    means = values.mean(axis=0)
    assert means[:10].mean() > 33
    assert means[-10:].mean() < 24


def test_single_reads_and_coverage(tmp_path):
    assert simulate(tmp_path, "--coverage", 0.5, "--single", "--read-length", 100) == 0
    genomes = demo_genomes()
    reads = fastq_reads(tmp_path / "simulated.lane1.fastq.gz")
    assert len(reads) == np.ceil(0.5 * sum(map(len, genomes.values())) / 100)
    assert {len(sequence) for _, sequence, _ in reads} == {100}
    assert [row["read_id"] for row in truth_rows(tmp_path)] == [r[0].split()[0] for r in reads]
    sheet = (tmp_path / "samples.tsv").read_text().splitlines()[1].split("\t")
    assert sheet == ["simulated", "lane1", str(tmp_path / "simulated.lane1.fastq.gz"), ""]


def test_circular_genomes_stand_with_their_length_in_the_truth_table(tmp_path):
    (tmp_path / "ring.fa").write_text(">r\n" + "ACGGTTCA" * 60 + "\n")
    (tmp_path / "line.fa").write_text(">l\n" + "AACCGTGT" * 60 + "\n")
    table = tmp_path / "community.tsv"
    table.write_text(
        "genome\tfasta\tabundance\tshape\nring\tring.fa\t1\tcircular\nline\tline.fa\t1\tlinear\n"
    )
    assert simulate(tmp_path / "out", "--fragments", 400, *PERFECT, community=table) == 0
    rows = truth_rows(tmp_path / "out")
    assert {(row["genome"], row["circle_length"]) for row in rows} == {
        ("ring", "480"),
        ("line", "0"),
    }
    over_the_end = {row["genome"] for row in rows if int(row["end"]) > 480}
    assert over_the_end == {"ring"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "one of the arguments --fragments --coverage is required"),
        (["--fragments", "10", "--coverage", "3"], "not allowed with argument"),
        (["--fragments", "0"], "argument --fragments: found 0, expected at least 1"),
        (["--coverage", "-1"], "found '-1', expected a number of at least 0"),
        (["--coverage", "nan"], "found 'nan', expected a number of at least 0"),
        (["--fragments", "9", "--n-rate", "2"], "--n-rate: found '2', expected a number from 0"),
        (["--fragments", "9", "--units", "lane1"], "found 'lane1', expected SAMPLE:UNIT"),
        (["--fragments", "9", "--units", "a:1", "a:1"], "found a unit twice"),
        (["--fragments", "9", "--adapter-1", "ACGU"], "found 'ACGU', expected bases A, C, G, T"),
    ],
)
def test_wrong_arguments_exit_with_2(tmp_path, capsys, options, message):
    with pytest.raises(SystemExit) as caught:
        simulate(tmp_path / "out", *options)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_fewer_fragments_than_units_exit_with_2(tmp_path, capsys):
    assert simulate(tmp_path / "out", "--fragments", 1, "--units", "a:1", "a:2") == 2
    assert capsys.readouterr().err == (
        "simulate_reads: --fragments or --coverage: found 1 fragments,"
        " expected at least one for each of 2 units; increase it\n"
    )


def test_bad_community_exits_with_1_and_leaves_nothing(tmp_path):
    """As a user runs it, with everything in one line on stderr."""
    table = tmp_path / "community.tsv"
    table.write_text("genome\tfasta\tabundance\tshape\nphage\tabsent.fa\t1\tlinear\n")
    command = [
        *(sys.executable, REPOSITORY / "workflow_scripts/simulate_reads.py"),
        *("--community", table, "--fragments", "9", "--output", tmp_path / "out"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"simulate_reads: {table}:2: found fasta absent.fa, which does not exist,"
        f" expected a file in {tmp_path}; correct the community table\n"
    )
    assert not (tmp_path / "out").exists()
