"""Stage map_to_reference: the same reads at the right places, compared with the simulated truth."""

import json

import numpy as np
import pysam
import pytest

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


def test_an_empty_reference_is_refused(tmp_path, capsys):
    bam = tmp_path / "u.bam"
    fastq = write_fastq(tmp_path / "in.fastq", random_records(2, 1))
    common = ["--counts", str(tmp_path / "c.json")]
    convert(
        [
            "--fastq",
            str(fastq),
            "--sample",
            "s",
            "--unit",
            "u",
            "--platform",
            "ILLUMINA",
            "--output",
            str(bam),
            *common,
        ]
    )
    reference = tmp_path / "empty.fa"
    reference.write_text("")
    code = main(
        [
            "--bam",
            str(bam),
            "--reference",
            str(reference),
            "--unit",
            "s.u",
            "--output",
            str(tmp_path / "a.bam"),
            *common,
        ]
    )
    assert code == 1
    assert "empty.fa: found no sequence, expected at least one" in capsys.readouterr().err
    assert not (tmp_path / "a.bam").exists()
