"""Layout and encoding of whole files: what is refused, with its record, and what passes."""

import re
from itertools import chain

import pytest

from readkin.errors import InputError
from readkin.formats import fastq
from readkin.formats.fastq import FastqInput
from readkin.raw_reads.reading import raw_chunks
from support.fastq_files import random_records, write_fastq

READS = random_records(400, 1)
MATES = random_records(400, 2)


@pytest.fixture(autouse=True, params=[1 << 20, 1000], ids=["one chunk", "many chunks"])
def size_of_chunks(request, monkeypatch):
    monkeypatch.setattr(fastq, "TEXT_BYTES", request.param)
    monkeypatch.setattr(fastq, "BLOCK_BYTES", request.param)


def in_turn(first, second):
    return list(chain.from_iterable(zip(first, second, strict=True)))


def numbered(records, form):
    """The records with other names; ``form`` has {} for their number from 1."""
    return [(form.format(i), *rest) for i, (_, *rest) in enumerate(records, start=1)]


def read(folder, records, second=None, **how):
    files = [write_fastq(folder / "a_1.fq", records)]
    files += [write_fastq(folder / "a_2.fq", second)] if second else []
    return list(raw_chunks(FastqInput(*files, **how)))


MATES_AS_SINGLE = {
    "one name": (in_turn(READS, MATES), 2),
    "Casava": (
        in_turn(numbered(READS, "M{} 1:N:0:AC"), numbered(MATES, "M{} 2:N:0:AC")),
        2,
    ),
    "slashes": (in_turn(numbered(READS, "r{}/1"), numbered(MATES, "r{}/2")), 2),
    "dots": (in_turn(numbered(READS, "SRR7.{}.1"), numbered(MATES, "SRR7.{}.2")), 2),
    "underscores": (in_turn(numbered(READS, "r{}_1"), numbered(MATES, "r{}_2")), 2),
    "some lost": (in_turn(READS, MATES)[1:], 3),
    "late": (numbered(READS, "s{}") + READS[:1] + MATES[:1], 402),
    "one after the other": (READS + MATES, 401),
    "one after the other, slashes": (numbered(READS, "r{}/1") + numbered(MATES, "r{}/2"), "40[12]"),
}


@pytest.mark.parametrize(("records", "number"), MATES_AS_SINGLE.values(), ids=MATES_AS_SINGLE)
def test_mates_are_no_single_reads(tmp_path, records, number):
    with pytest.raises(InputError) as refused:
        read(tmp_path, records)
    assert re.search(
        rf"a_1\.fq: record {number} \(line \d+\): found '.*single reads", str(refused.value)
    )


SINGLE_READS = {
    "plain": READS,
    "first mates": numbered(READS, "r{} 1:N:0:AC"),
    "second mates": numbered(READS, "r{}/2"),
    "numbered by SRA": numbered(READS, "SRR7.{} length=100"),
    "numbered with slashes": numbered(READS, "r/{}"),
    "numbered with underscores": numbered(READS, "r_{}"),
    "unpaired mates": numbered(READS[:200], "r{}/1") + numbered(READS[200:], "s{}/2"),
    "the same reads again": READS + READS,
}


@pytest.mark.parametrize("records", SINGLE_READS.values(), ids=SINGLE_READS)
def test_single_reads_pass(tmp_path, records):
    chunks = read(tmp_path, records)
    assert [header for (part,) in chunks for header in part.headers] == [r[0] for r in records]


def test_interleaved_files_are_read_as_pairs(tmp_path):
    expected = read(tmp_path, READS, MATES)
    found = read(tmp_path, in_turn(READS, MATES), is_interleaved=True)
    for mate in (0, 1):
        for part in ("headers", "bases", "qualities"):
            lists = ([getattr(mates[mate], part) for mates in c] for c in (expected, found))
            assert [*chain(*next(lists))] == [*chain(*next(lists))]


def test_an_odd_number_of_records_is_not_interleaved(tmp_path):
    with pytest.raises(
        InputError, match=r"a_1\.fq: record 799 \(line 3193\): found a read without"
    ):
        read(tmp_path, in_turn(READS, MATES)[:-1], is_interleaved=True)


def test_single_reads_are_not_interleaved(tmp_path):
    with pytest.raises(InputError, match=r"record 2 .*found 'r1', names .*write false under inter"):
        read(tmp_path, READS, is_interleaved=True)


COPIES = {
    "all": READS,
    "trimmed": [(name, bases[:60], text[:60]) for name, bases, text in READS],
    "some differ": READS[:300] + MATES[300:],
}


@pytest.mark.parametrize("second", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("is_interleaved", [False, True])
def test_copies_are_no_second_mates(tmp_path, second, is_interleaved):
    message = r"found the bases of R1 again in most pairs, first in pair 1, expected reads of the"
    files = (in_turn(READS, second), None) if is_interleaved else (READS, second)
    with pytest.raises(InputError, match=message):
        read(tmp_path, *files, is_interleaved=is_interleaved)


def test_single_equal_mates_pass(tmp_path):
    """Palindromes, and reads of one base, which are no evidence."""
    dark = [(name, "G" * 100, text) for name, _, text in READS[100:390]]
    first = MATES[:100] + dark + READS[390:]
    second = READS[:100] + dark + READS[390:395] + MATES[395:]
    assert sum(len(mates[0]) for mates in read(tmp_path, first, second)) == 400


def test_one_sequence_again_and_again_passes(tmp_path):
    records = [(f"r{i}", "ACGTTGCAAC" * 12, "I" * 120) for i in range(9)]
    assert sum(len(mates[0]) for mates in read(tmp_path, records, records)) == 9


@pytest.mark.parametrize("quality", ["!", "I", "h", "~"])
def test_uniform_qualities_pass(tmp_path, quality):
    [*chunks] = read(tmp_path, random_records(20, 1, quality=quality))
    assert {text for (part,) in chunks for text in part.qualities} == {quality * 100}


OLD = random_records(20, 1, quality="B")[:10] + random_records(20, 2, quality="h")[10:]


def test_phred_64_is_refused_unless_declared(tmp_path):
    with pytest.raises(InputError, match=r"a_1\.fq: found qualities from B to h, probably Phred"):
        read(tmp_path, OLD, encoding="auto")
    for encoding, expected in {"33": "Bh", "64": "#I"}.items():
        chunks = read(tmp_path, OLD, encoding=encoding)
        found = "".join(text for (part,) in chunks for text in part.qualities)
        assert found == expected[0] * 1000 + expected[1] * 1000


def test_phred_33_declared_as_64_is_refused(tmp_path):
    records = [*OLD[:15], ("x", "ACGT", "hh?h"), *OLD[15:]]
    message = r"record 16 \(line 64\): found '\?' among the qualities, .* quality_encoding is 64"
    with pytest.raises(InputError, match=message):
        read(tmp_path, records, encoding="64")


@pytest.mark.parametrize("encoding", ["auto", "33", "64"])
def test_a_file_without_reads_is_refused(tmp_path, encoding):
    with pytest.raises(InputError, match=r"a_1\.fq: found no reads"):
        read(tmp_path, [], encoding=encoding)
