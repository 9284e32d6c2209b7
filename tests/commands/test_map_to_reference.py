"""Stage map_to_reference: the same reads at the right places, compared with the simulated truth."""

import json
import lzma

import numpy as np
import pysam
import pytest

import map_to_reference
from convert_fastq_to_bam import main as convert
from map_to_reference import main
from support.fastq_files import random_records, write_fastq

COMPLEMENT = str.maketrans("ACGT", "TGCA")
LENGTH = 80


@pytest.fixture
def genome():
    return "".join(np.random.default_rng(5).choice(list("ACGT"), 20_000))


@pytest.fixture
def mapped(tmp_path, genome):
    """Map fragments cut from a random genome; returns BAM records by name and mate, and counts."""

    def run(starts, insert=300, threads=1):
        records = []
        for number, start in enumerate(starts):
            end = start + insert
            mates = [
                genome[start : start + LENGTH],
                genome[end - LENGTH : end][::-1].translate(COMPLEMENT),
            ]
            if number % 2:  # fragments of the reverse strand
                mates.reverse()
            records += [(f"f{start}", bases, "I" * LENGTH) for bases in mates]
        records += [("alien", bases, quality) for _, bases, quality in random_records(2, 3)]
        fastq = write_fastq(tmp_path / "in.fastq", records)
        reference = tmp_path / "genome.fa"
        reference.write_text(f">chr\n{genome}\n")
        unaligned, aligned = tmp_path / "u.bam", tmp_path / "a.bam"
        counts = tmp_path / "c.json"
        group = ["--sample", "s", "--unit", "u", "--platform", "ILLUMINA"]
        convert(
            [
                "--fastq",
                str(fastq),
                "--paired",
                *group,
                "--output",
                str(unaligned),
                "--counts",
                str(counts),
            ]
        )
        code = main(
            [
                "--bam",
                str(unaligned),
                "--reference",
                str(reference),
                "--unit",
                "s.u",
                "--threads",
                str(threads),
                "--output",
                str(aligned),
                "--counts",
                str(counts),
            ]
        )
        assert code == 0
        with pysam.AlignmentFile(str(aligned)) as bam:
            found = {(record.query_name, record.is_read2): record for record in bam}
            assert bam.header["HD"]["SO"] == "coordinate"
            assert bam.has_index()
        return found, json.loads(counts.read_text())

    return run


@pytest.mark.parametrize("threads", [1, 3])
def test_reads_lie_where_they_came_from(mapped, threads):
    starts = list(range(0, 19_000, 37))
    found, counts = mapped(starts, threads=threads)
    for number, start in enumerate(starts):
        left = found[f"f{start}", bool(number % 2)]
        right = found[f"f{start}", not number % 2]
        assert (left.reference_start, right.reference_end) == (start, start + 300)
        assert (left.is_reverse, right.is_reverse) == (False, True)
        assert (left.template_length, right.template_length) == (300, -300)
        assert left.is_proper_pair
        assert right.is_proper_pair
        assert left.mate_is_reverse
        assert left.next_reference_start == right.reference_start
        assert left.get_tag("NM") == 0
        assert left.get_tag("RG") == "s.u"
    assert counts["flows"][0] == {
        "what": "reads",
        "in": 2 * len(starts) + 2,
        "out": 2 * len(starts) + 2,
        "dropped": {},
    }
    assert counts["details"]["mapped reads"] == 2 * len(starts)


def test_foreign_reads_stay_unmapped(mapped):
    found, _ = mapped([100])
    for mate in (False, True):
        alien = found["alien", mate]
        assert alien.is_unmapped
        assert alien.mate_is_unmapped
        assert alien.reference_id == -1


def test_mates_far_apart_are_no_proper_pair(mapped):
    found, _ = mapped([100], insert=5000)
    assert not found["f100", False].is_proper_pair
    assert found["f100", False].template_length == 5000


@pytest.fixture
def map_reads(tmp_path):
    """Map single reads, given by name, to a reference; return exit code and path of the BAM."""

    def run(reads, reference):
        records = [(name, bases, "I" * len(bases)) for name, bases in reads.items()]
        fastq = write_fastq(tmp_path / "in.fastq", records)
        unaligned, aligned, counts = (tmp_path / name for name in ("u.bam", "a.bam", "c.json"))
        group = ["--sample", "s", "--unit", "u", "--platform", "ILLUMINA"]
        files = ["--output", str(unaligned), "--counts", str(counts)]
        assert convert(["--fastq", str(fastq), *group, *files]) == 0
        files = ["--bam", str(unaligned), "--reference", str(reference), "--unit", "s.u"]
        return main([*files, "--output", str(aligned), "--counts", str(counts)]), aligned

    return run


def test_all_letters_of_reads_are_complemented(tmp_path, genome, map_reads):
    codes = "RYSWKMBDHVN"
    forward = genome[:40] + codes + genome[51:130]
    reverse = genome[200:279][::-1].translate(COMPLEMENT) + codes + "A"
    reference = tmp_path / "genome.fa"
    reference.write_text(f">chr\n{genome}\n")
    code, aligned = map_reads({"forward": forward, "reverse": reverse}, reference)
    assert code == 0
    with pysam.AlignmentFile(str(aligned)) as bam:
        found = {read.query_name: read for read in bam}
    assert found["reverse"].is_reverse
    assert found["reverse"].get_forward_sequence() == reverse
    assert found["reverse"].query_sequence.startswith("TNBDHVKMWSRY")
    assert found["forward"].get_forward_sequence() == forward


@pytest.mark.parametrize("longest_bp", [20_000, 19_999])
def test_indexes_suit_the_longest_contig(tmp_path, genome, map_reads, monkeypatch, longest_bp):
    monkeypatch.setattr(map_to_reference, "MAX_BAI_BP", longest_bp)
    reference = tmp_path / "genome.fa.xz"
    reference.write_bytes(lzma.compress(f">chr\n{genome}\n".encode()))
    bai = tmp_path / "a.bam.bai"
    bai.write_text("of an earlier reference")
    code, aligned = map_reads({"read": genome[500:600]}, reference)
    assert code == 0
    for index in [tmp_path / "a.bam.csi"] + [bai] * (longest_bp == 20_000):
        with pysam.AlignmentFile(str(aligned), index_filename=str(index)) as bam:
            assert [read.reference_start for read in bam.fetch("chr", 400, 700)] == [500]
    assert bai.exists() == (longest_bp == 20_000)
    assert not list(tmp_path.glob(".partial*"))


@pytest.mark.parametrize("position", [2**29 - 200, 2**29, 2**31 - 200])
def test_indexes_of_long_contigs(tmp_path, position):
    path, output = tmp_path / "scratch.bam", tmp_path / "a.bam"
    length = position + 100
    header = pysam.AlignmentHeader.from_references(["chr"], [length])
    with pysam.AlignmentFile(str(path), "wb", header=header) as bam:
        read = {"name": "r", "flag": "0", "ref_name": "chr", "ref_pos": str(position + 1)}
        read |= {"map_quality": "60", "cigar": "4M", "next_ref_name": "*", "next_ref_pos": "0"}
        read |= {"length": "0", "seq": "ACGT", "qual": "IIII"}
        bam.write(pysam.AlignedSegment.from_dict(read, header))
    map_to_reference.write_indexes(path, output, length)
    path.replace(output)
    has_bai = length <= 2**29
    assert {file.name for file in tmp_path.iterdir()} == {
        "a.bam",
        "a.bam.csi",
        *["a.bam.bai"] * has_bai,
    }
    with pysam.AlignmentFile(str(output)) as bam:
        assert [read.reference_start for read in bam.fetch("chr", position)] == [position]


def test_a_reference_to_which_nothing_maps_is_a_warning(tmp_path, genome, map_reads, capsys):
    reference = tmp_path / "genome.fa"
    reference.write_text(f">chr\n{genome}\n")
    [(_, alien, _)] = random_records(1, 3)
    assert map_reads({"read": alien}, reference)[0] == 0
    assert f"warning: no read of s.u maps to {reference}; check" in capsys.readouterr().err
    assert map_reads({"read": genome[500:600], "alien": alien}, reference)[0] == 0
    log = capsys.readouterr().err
    assert f"1 of 2 reads map to {reference}" in log
    assert "warning" not in log


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": found no sequence, expected at least one"),
        (">a\nACGT\n>a\nACGT\n", ":3: found the name a again (first in line 1)"),
        (">a\nACGT\n>empty\n>b\nACGT\n", ":3: found no sequence in record empty"),
        (">a\nACGT>b\nACGT\n", ":2: found '>' in the sequence of a"),
    ],
)
def test_a_wrong_reference_is_refused(tmp_path, map_reads, capsys, content, message):
    reference = tmp_path / "wrong.fa"
    reference.write_text(content)
    assert map_reads({"read": "ACGT"}, reference)[0] == 1
    assert f"map_to_reference: {reference}{message}" in capsys.readouterr().err
    assert not list(tmp_path.glob("*a.bam*"))
