"""The simulator's command: its files, their agreement with the truth table, wrong arguments."""

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import dnaio
import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats.community import read_community
from readkin.formats.fasta import decode
from readkin.progress import Progress
from simulate_reads import ADAPTERS, main

REPOSITORY = Path(__file__).parents[2]
SMALL = REPOSITORY / "tests/data/small_community.tsv"
PERFECT = [
    *("--substitution-rate-start", "0", "--substitution-rate-end", "0"),
    *("--indel-rate", "0", "--n-rate", "0", "--n-run-fraction", "0"),
]


def simulate(output, *options, community=SMALL):
    """Run the command in this process and return its exit code."""
    return main(["--community", str(community), "--output", str(output), *map(str, options)])


def fastq_reads(path):
    with dnaio.open(path, open_threads=0) as file:
        return [(read.name, read.sequence, read.qualities) for read in file]


def truth_rows(folder):
    lines = gzip.decompress((folder / "truth.tsv.gz").read_bytes()).decode().splitlines()
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]


def texts_of(table):
    """Return the text of each sequence of a community, by genome and name; circular ones twice."""
    return {
        (genome.name, sequence.name): decode(sequence.bases) * (2 if sequence.is_circular else 1)
        for genome in read_community(table).genomes
        for sequence in genome.sequences
    }


def small_genomes():
    return texts_of(SMALL)


def origin(genomes, row):
    """Return the bases at the origin of a read in the truth table."""
    text = genomes[row["genome"], row["sequence"]][int(row["start"]) : int(row["end"])]
    assert len(text) == int(row["end"]) - int(row["start"])
    if row["strand"] == "+":
        return text
    return text[::-1].translate(str.maketrans("ACGT", "TGCA"))


def sequences_read(folder):
    """Return the bases of all reads by their ids in the truth table."""
    reads = {}
    for row in sheet_rows(folder):
        for mate in (1, 2) if row["fastq_2"] else (1,):
            for name, sequence, _ in fastq_reads(Path(row[f"fastq_{mate}"])):
                reads[name.split()[0] + (f"/{mate}" if row["fastq_2"] else "")] = sequence
    return reads


def sheet_rows(folder):
    lines = [line.split("\t") for line in (folder / "samples.tsv").read_text().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def depth_rows(folder):
    lines = [line.split("\t") for line in (folder / "depths.tsv").read_text().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@pytest.fixture
def assemblies(tmp_path):
    """A community of a chromosome with two plasmids, and of a draft of contigs, some very short.

    The two have a sequence of the same name.
    """
    random = np.random.default_rng(11)

    def write(name, sequences):
        lines = []
        for number, length in sequences.items():
            bases = "".join(random.choice(list("ACGT"), length))
            lines += [f">{number} of {name}", *(bases[i : i + 70] for i in range(0, length, 70))]
        (tmp_path / f"{name}.fa").write_text("\n".join(lines) + "\n")

    write("klebsiella", {"1": 9000, "p2": 1200, "p3": 250})
    write("draft", {"1": 4000, "2": 2000, "3": 400, "4": 120, "5": 40})
    table = tmp_path / "community.tsv"
    table.write_text(
        "genome\tfasta\tabundance\tshape\tcopies\n"
        "klebsiella\tklebsiella.fa\t1\tcircular,p3=linear\tp2=6,p3=20\n"
        "draft\tdraft.fa\t2\tlinear\t\n"
    )
    return table


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
        *("depths.tsv", "s.1_R1.fastq.gz", "s.1_R2.fastq.gz", "s.2_R1.fastq.gz"),
        "s.2_R2.fastq.gz",
        "truth.tsv.gz",
    ]
    assert all(first[name] != other[name] for name in first)
    assert sheets[0] == sheets[1].replace("b/", "a/")


def test_perfect_reads_are_what_the_truth_table_says(tmp_path):
    assert simulate(tmp_path, "--fragments", 3000, *PERFECT, "--units", "s:1", "s:2") == 0
    genomes = small_genomes()
    rows = truth_rows(tmp_path)
    reads = {}
    for unit in (1, 2):
        for mate in (1, 2):
            for name, sequence, _ in fastq_reads(tmp_path / f"s.{unit}_R{mate}.fastq.gz"):
                assert name.split()[1].startswith(f"{mate}:N:0:")
                reads[f"{name.split()[0]}/{mate}"] = sequence
    assert {(row["genome"], row["sequence"]) for row in rows} == set(genomes)
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
    genomes = small_genomes()
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
    genomes = small_genomes()
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


def test_all_sequences_of_a_genome_are_simulated(tmp_path, assemblies):
    """Each perfect read is what its genome has at the stated place of the stated sequence."""
    out = tmp_path / "out"
    assert simulate(out, "--fragments", 3000, *PERFECT, community=assemblies) == 0
    rows, reads, texts = truth_rows(out), sequences_read(out), texts_of(assemblies)
    assert {(row["genome"], row["sequence"]) for row in rows} == set(texts)
    assert len(rows) == len(reads) == 6000
    circles = {"1": 9000, "p2": 1200}
    for row in rows:
        shown = origin(texts, row)
        adapter = ADAPTERS[int(row["read_id"][-1]) - 1]
        assert reads[row["read_id"]] == (shown + adapter + "G" * 150)[:150]
        circle = circles.get(row["sequence"], 0) if row["genome"] == "klebsiella" else 0
        assert row["circle_length"] == str(circle)
    over_the_end = {
        (row["genome"], row["sequence"])
        for row in rows
        if row["circle_length"] != "0" and int(row["end"]) > int(row["circle_length"])
    }
    assert over_the_end == {("klebsiella", "1"), ("klebsiella", "p2")}


def test_depths_follow_abundances_and_copies(tmp_path, assemblies):
    out = tmp_path / "out"
    assert simulate(out, "--abundance-is-depth", *PERFECT, community=assemblies) == 0
    few = {(row["genome"], row["sequence"]): float(row["depth"]) for row in depth_rows(out)}
    assert few["klebsiella", "1"] == pytest.approx(1, rel=0.5)
    assert simulate(out, "--fragments", 40_000, *PERFECT, community=assemblies) == 0
    rows = depth_rows(out)
    depths = {(row["genome"], row["sequence"]): float(row["depth"]) for row in rows}
    chromosome = depths["klebsiella", "1"]
    expected = {
        **{("klebsiella", "p2"): 6, ("klebsiella", "p3"): 20},
        **{("draft", name): 2 for name in "12345"},
    }
    for key, factor in expected.items():
        assert depths[key] / chromosome == pytest.approx(factor, rel=0.12), key
    assert sum(int(row["reads"]) for row in rows) == 80_000
    for row in rows:
        depth = int(row["bases"]) / int(row["length"])
        assert float(row["depth"]) == pytest.approx(depth, rel=1e-5)


@pytest.mark.parametrize(
    ("platform", "label", "name"),
    [
        ("pacbio", "PACBIO", r"m\d{5}_\d{6}_\d{6}/\d+/ccs"),
        ("ont", "ONT", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    ],
)
def test_long_reads(tmp_path, assemblies, platform, label, name):
    out = tmp_path / "out"
    options = ["--platform", platform, "--read-length", 1000, "--read-length-sd", 400]
    perfect = ["--error-rate", 0, "--chimera-fraction", 0.1, "--duplicate-fraction", 0.1]
    assert simulate(out, "--coverage", 40, *options, *perfect, community=assemblies) == 0
    (row,) = sheet_rows(out)
    assert (row["platform"], row["fastq_2"]) == (label, "")
    reads, rows, texts = sequences_read(out), truth_rows(out), texts_of(assemblies)
    assert [row["read_id"] for row in rows] == list(reads)
    assert all(re.fullmatch(name, read_id) for read_id in reads)
    bases = sum(map(len, reads.values()))
    assert bases / (9000 + 1200 + 250 + 4000 + 2000 + 400 + 120 + 40) == pytest.approx(40, rel=0.1)
    joined = copies = 0
    for row in rows:
        read, shown, offset = reads[row["read_id"]], origin(texts, row), int(row["offset"])
        assert read[offset : offset + len(shown)] == shown
        if row["other_part"]:
            fields = ("genome", "sequence", "start", "end", "strand")
            other = origin(texts, dict(zip(fields, row["other_part"].split(), strict=True)))
            assert read == (other + shown if offset else shown + other)
            assert len(other) <= len(shown)
            assert row["chimeric"] == "1"
            joined += 1
        else:
            assert read == shown
        if row["duplicate_of"]:
            assert reads[row["duplicate_of"]] == read
            copies += 1
    assert joined / len(rows) == pytest.approx(0.1, abs=0.04)
    assert copies / len(rows) == pytest.approx(0.1, abs=0.04)


def test_long_reads_with_errors_have_fewer_or_more_bases_than_their_origins(tmp_path, assemblies):
    out = tmp_path / "out"
    options = ["--platform", "ont", "--error-rate", 0.1, "--read-length", 900]
    mix = ["--error-mix", 1, 3, 0]
    assert simulate(out, "--fragments", 300, *options, *mix, community=assemblies) == 0
    reads = sequences_read(out)
    origins = sum(int(row["end"]) - int(row["start"]) for row in truth_rows(out))
    assert sum(map(len, reads.values())) / origins == pytest.approx(1.075, abs=0.01)


def test_mates_of_chimeras_and_duplicates(tmp_path, assemblies):
    out = tmp_path / "out"
    options = ["--chimera-fraction", 0.05, "--duplicate-fraction", 0.2, "--adapter-1", "ACGT"]
    assert simulate(out, "--fragments", 2000, *PERFECT, *options, community=assemblies) == 0
    rows, reads, texts = truth_rows(out), sequences_read(out), texts_of(assemblies)
    apart = 0
    for first, second in zip(rows[0::2], rows[1::2], strict=True):
        assert first["chimeric"] == second["chimeric"]
        if first["chimeric"] == "1":
            apart += first["sequence"] != second["sequence"] or first["genome"] != second["genome"]
        for row in (first, second):
            shown, offset = origin(texts, row), int(row["offset"])
            assert reads[row["read_id"]][offset : offset + len(shown)] == shown
            if row["duplicate_of"]:
                assert reads[row["duplicate_of"]] == reads[row["read_id"]]
                assert row["duplicate_of"][-2:] == row["read_id"][-2:]
    assert apart > 20
    assert sum(row["duplicate_of"] != "" for row in rows) / len(rows) == pytest.approx(
        0.2, abs=0.03
    )


def test_samples_of_the_table(tmp_path, assemblies):
    """One call writes all samples; a genome may be absent from some."""
    assemblies.write_text(
        "genome\tfasta\tabundance:gut\tabundance:skin\tshape\n"
        "klebsiella\tklebsiella.fa\t20\t0\tlinear\n"
        "draft\tdraft.fa\t5\t60\tlinear\n"
    )
    out = tmp_path / "out"
    assert simulate(out, "--abundance-is-depth", *PERFECT, community=assemblies) == 0
    assert [(row["sample"], row["unit"]) for row in sheet_rows(out)] == [
        ("gut", "lane1"),
        ("skin", "lane1"),
    ]
    depths = {
        (row["sample"], row["genome"]): float(row["depth"])
        for row in depth_rows(out)
        if row["sequence"] == "1"
    }
    assert depths["gut", "klebsiella"] == pytest.approx(20, rel=0.1)
    assert depths["gut", "draft"] == pytest.approx(5, rel=0.2)
    assert depths["skin", "klebsiella"] == 0
    assert depths["skin", "draft"] == pytest.approx(60, rel=0.1)
    ids = [row["read_id"] for row in truth_rows(out)]
    assert ids == [name for pair in zip(*mates_of(out), strict=True) for name in pair]
    assert len(set(ids)) == len(ids)


def mates_of(folder):
    """Return the ids of all first and of all second mates, in the order of the sheet."""
    return [
        [
            f"{name.split()[0]}/{mate}"
            for row in sheet_rows(folder)
            for name, *_ in fastq_reads(Path(row[f"fastq_{mate}"]))
        ]
        for mate in (1, 2)
    ]


def test_samples_that_differ_at_random(tmp_path):
    units = ["a:1", "b:1", "b:2", "c:1"]
    options = ("--fragments", 4000, "--abundance-sd", 1, *PERFECT)
    assert simulate(tmp_path, *options, "--units", *units) == 0
    reads = {}
    for row in depth_rows(tmp_path):
        reads.setdefault(row["genome"], {})[row["sample"]] = int(row["reads"])
    assert {sample: sum(of[sample] for of in reads.values()) for sample in "abc"} == {
        "a": 2000,
        "b": 4000,
        "c": 2000,
    }
    ratios = np.log([2 * of["a"] / of["b"] for of in reads.values()])
    assert np.std(ratios) > 0.5


@pytest.mark.parametrize("platform", [[], ["--platform", "ont", "--read-length", "300"]])
def test_same_bytes_for_any_number_of_workers(tmp_path, monkeypatch, platform):
    """With several blocks in the first unit."""
    monkeypatch.setattr("readkin.kernels.simulation.short_reads.FRAGMENTS_PER_BLOCK", 150)
    monkeypatch.setattr("readkin.kernels.simulation.long_reads.FRAGMENTS_PER_BLOCK", 150)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.chdir(tmp_path)
    options = ["--fragments", 800, "--units", "a:1", "b:1", "--abundance-sd", 0.5]
    artefacts = ["--chimera-fraction", 0.1, "--duplicate-fraction", 0.1]
    for workers in (0, 1, 3):
        folder = Path(f"{workers}/reads")
        assert simulate(folder, *options, *artefacts, *platform, "--workers", workers) == 0
    alone, one, three = (contents(Path(f"{n}/reads")) for n in (0, 1, 3))
    for files in (alone, one, three):
        del files["samples.tsv"]  # contains the folder
    assert alone == one == three


def test_a_failing_run_leaves_nothing(tmp_path, monkeypatch):
    """An error in the middle of the second unit."""
    monkeypatch.setattr("readkin.kernels.simulation.short_reads.FRAGMENTS_PER_BLOCK", 100)
    progress = Progress.advance

    def advance(self, amount):
        progress(self, amount)
        if self.done >= 500:
            raise InputError("disk", "no space", "some", "free some")

    monkeypatch.setattr(Progress, "advance", advance)
    assert simulate(tmp_path / "out", "--fragments", 800, "--units", "a:1", "b:1") == 1
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "one of the arguments --fragments --coverage --abundance-is-depth"),
        (["--fragments", "10", "--coverage", "3"], "not allowed with argument"),
        (["--fragments", "0"], "argument --fragments: found 0, expected at least 1"),
        (["--coverage", "-1"], "found '-1', expected a number of at least 0"),
        (["--coverage", "nan"], "found 'nan', expected a number of at least 0"),
        (["--fragments", "9", "--n-rate", "2"], "--n-rate: found '2', expected a number from 0"),
        (
            ["--fragments", "9", "--error-rate", "0.1"],
            "--error-rate: does not apply to",
        ),
        (
            ["--fragments", "9", "--platform", "ont", "--error-rate", "0.4"],
            "a number from 0 to 0.3",
        ),
        (["--fragments", "9", "--platform", "ont", "--single"], "--single: does not apply to"),
        (["--fragments", "9", "--platform", "ont", "--n-rate", "0"], "--n-rate: does not apply to"),
        (["--fragments", "9", "--platform", "pacbio", "--adapter-2", "A"], "--adapter-2: does not"),
        (["--fragments", "9", "--platform", "ont", "--error-mix", *"000"], "found only zeros"),
        (["--fragments", "9", "--fragment-mean", "1e20"], "found '1e20', expected a number from 0"),
        (["--fragments", "9", "--read-length", "10000001"], "expected at most 10000000"),
        (["--fragments", "9", "--abundance-sd", "1e3"], "'1e3', expected a number from 0 to 5"),
        (["--fragments", "9", "--platform", "sanger"], "invalid choice: 'sanger'"),
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
        "simulate_reads: --fragments: found 1 fragments,"
        " expected at least one for each of 2 units; increase it\n"
    )


def test_a_file_in_place_of_the_folder_exits_with_2(tmp_path, capsys):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(SystemExit) as caught:
        simulate(tmp_path / "out", "--fragments", 9)
    assert caught.value.code == 2
    assert f"found a file {tmp_path / 'out'}, expected a folder" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


def test_other_samples_than_those_of_the_table_exit_with_2(tmp_path, capsys, assemblies):
    assemblies.write_text(
        "genome\tfasta\tabundance:gut\tshape\nklebsiella\tklebsiella.fa\t20\tlinear\n"
    )
    options = ("--fragments", 9, "--units", "gut:1", "skin:1")
    assert simulate(tmp_path / "out", *options, community=assemblies) == 2
    assert capsys.readouterr().err == (
        f"simulate_reads: --units: found samples gut, skin, expected gut as in {assemblies};"
        " name units of these samples, or leave --units out\n"
    )
    assert not (tmp_path / "out").exists()


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
