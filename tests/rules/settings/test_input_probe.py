"""Probe of the input files: what is rejected, with which message, and how little is read."""

import bz2
import gzip
import lzma
import re
from pathlib import Path

import pytest

from rules.settings.first_lines import BLOCK_BYTES, MAX_BYTES
from rules.settings.input_probe import (
    FastqStart,
    missing_file,
    probe_fastq,
    probe_truth,
    unsupported_path,
    unsupported_url,
    wrong_mates,
)
from rules.settings.mistakes import Diagnosis

RECORD = b"@read1 1:N:0:ACGT\nACGTN\n+\nIIIII\n"
START = FastqStart("read1", "1:N:0:ACGT")
CHECK = "check or replace the file"
FOUR_LINES = "expected records of four lines (@name, bases, +, qualities)"
TEXT = "expected text, plain or compressed with gzip, bzip2 or xz; "
FASTQ = "expected FASTQ (line 1 starts with @); "

VALID = {
    "plain": ("a.fastq", RECORD),
    "gzip": ("a.fq.gz", gzip.compress(RECORD)),
    "bzip2": ("a.fq.bz2", bz2.compress(RECORD)),
    "xz": ("a.fq.xz", lzma.compress(RECORD)),
    "plain named gzip": ("a.fq.gz", RECORD),
    "gzip named plain": ("a.fq", gzip.compress(RECORD)),
    "xz named gzip": ("a.fq.gz", lzma.compress(RECORD)),
    "many members": ("a.gz", b"".join(gzip.compress(RECORD[i : i + 1]) for i in range(32))),
    "padded": ("a.gz", gzip.compress(RECORD.rstrip()) + b"\0" * 512),
    "CRLF": ("a.fastq", RECORD.replace(b"\n", b"\r\n")),
    "no last line end": ("a.fastq", RECORD.rstrip()),
    "no bases": ("a.fastq", b"@read1 1:N:0:ACGT\n\n+\n\n"),
    "tab in the header": ("a.fastq", RECORD.replace(b" ", b"\t")),
    "longer than read here": ("a.fq", b"@read1 1:N:0:ACGT\n" + b"A" * (MAX_BYTES + 1)),
}


@pytest.mark.parametrize(("name", "content"), VALID.values(), ids=VALID)
def test_valid_start(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    assert probe_fastq(tmp_path / name) == START


REJECTED = {
    "Zstandard": (
        "a.fq.zst",
        b"\x28\xb5\x2f\xfd\0\0",
        f"Zstandard data, {TEXT}convert it to plain or gzip text",
    ),
    "Excel": (
        "a.fq",
        b"PK\x03\x04\0\0",
        f"a zip or Excel file, {TEXT}convert it to plain or gzip text",
    ),
    "gzip cut short": (
        "a.fq.gz",
        gzip.compress(RECORD)[:20],
        "truncated gzip data, expected a complete file; copy the file again",
    ),
    "xz cut short": (
        "a.fq.xz",
        lzma.compress(RECORD)[:30],
        "truncated xz data, expected a complete file; copy the file again",
    ),
    "empty": (
        "a.fq",
        b"",
        "an empty file, expected at least one record; provide a non-empty file",
    ),
    "empty named gzip": (
        "a.fq.gz",
        b"",
        "an empty file, expected at least one record; provide a non-empty file",
    ),
    "empty in gzip": (
        "a.fq.gz",
        gzip.compress(b""),
        "an empty file, expected at least one record; provide a non-empty file",
    ),
    "FASTA": (
        "a.fq.gz",
        gzip.compress(b">read1\nACGT\n"),
        f"FASTA (line 1 starts with >), {FASTQ}provide reads with qualities",
    ),
    "BAM": (
        "a.fq.gz",
        gzip.compress(b"BAM\1\0\0"),
        f"a BAM file, {FASTQ}convert it with `samtools fastq`",
    ),
    "SAM": ("a.fq", b"@HD\tVN:1.6\n", f"a SAM file, {FASTQ}convert it with `samtools fastq`"),
    "byte-order mark": (
        "a.fq",
        b"\xef\xbb\xbf" + RECORD,
        f"a byte-order mark before line 1, {FASTQ}save it without byte-order mark (BOM)",
    ),
    "other text": ("a.fq", b"hello\n", f'"hello" in line 1, {FASTQ}provide another file'),
    "long other text": (
        "a.fq",
        b"h" * 50,
        f'"{"h" * 37}..." in line 1, {FASTQ}provide another file',
    ),
    "blank line": ("a.fq", b"\n" + RECORD, f"a blank line in line 1, {FASTQ}provide another file"),
    "no name": ("a.fq", b"@\nA\n+\nI\n", f"no name after the @ in line 1, {FOUR_LINES}; {CHECK}"),
    "space before the name": (
        "a.fq",
        b"@\tr\nA\n+\nI\n",
        f"no name after the @ in line 1, {FOUR_LINES}; {CHECK}",
    ),
    "line ends of old Mac text": (
        "a.fq",
        RECORD.replace(b"\n", b"\r"),
        "line ends of old Mac text (CR), expected lines that end with LF or CRLF; "
        "convert the line ends",
    ),
    "@ in the name": (
        "a.fq",
        b"@r@1 x\nA\n+\nI\n",
        'the read name "r@1" in line 1, expected 1 to 254 printable ASCII characters except @, as '
        "in BAM; rename the reads",
    ),
    "long name": (
        "a.fq",
        b"@" + b"n" * 288 + b"\nA\n+\nI\n",
        f'a read name of 288 characters, "{"n" * 37}..." in line 1, expected at most 254, as in '
        "BAM; shorten the read names",
    ),
    "cut in the record": (
        "a.fq",
        b"@read1\nACGT",
        f"the end of the file in line 2, {FOUR_LINES}; copy the file again",
    ),
    "no bases": (
        "a.fq",
        b"@read1\nAC-T\n+\nIIII\n",
        '"-" among the bases "AC-T" in line 2, expected bases (A, C, G, T, N, a dot, or IUPAC '
        f"codes of several bases); {CHECK}",
    ),
    "two lines of bases": (
        "a.fq",
        b"@read1\nACGT\nACGT\n+\nIIIIIIII\n",
        '"ACGT" in line 3, expected a +; write each record in four lines',
    ),
    "fewer qualities": (
        "a.fq",
        b"@read1\nACGT\n+\nIII\n",
        f"4 bases, but 3 qualities in line 4, expected as many qualities as bases; {CHECK}",
    ),
    "space among the qualities": (
        "a.fq",
        b"@read1\nACGT\n+\nII I\n",
        f'" " among the qualities "II I" in line 4, expected characters from ! to ~; {CHECK}',
    ),
}


@pytest.mark.parametrize(("name", "content", "message"), REJECTED.values(), ids=REJECTED)
def test_rejected(tmp_path: Path, name: str, content: bytes, message: str):
    (tmp_path / name).write_bytes(content)
    found, expected, what_to_do = problem_of(tmp_path / name)
    assert f"{found}, expected {expected}; {what_to_do}" == message


@pytest.mark.parametrize(
    ("suffix", "compress"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)]
)
def test_damaged_compressed_data(tmp_path: Path, suffix: str, compress):
    content = bytearray(compress(RECORD * 50))
    content[10:40] = b"\xff" * 30
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    name = {"gz": "gzip", "bz2": "bzip2", "xz": "xz"}[suffix]
    problem = problem_of(path)
    assert re.fullmatch(rf"corrupt {name} data \(.+\)", problem.found)
    assert problem.what_to_do == "copy the file again"


def problem_of(path: Path) -> Diagnosis:
    result = probe_fastq(path)
    assert isinstance(result, Diagnosis)
    return result


def test_message_about_mates():
    problem = wrong_mates(FastqStart("a/2", ""), FastqStart("a/1", ""))
    assert problem is not None
    assert (
        problem.found == 'first reads "a/2" in fastq_1 and "a/1" in fastq_2, mate 2 before mate 1'
    )


def test_missing_files(tmp_path: Path):
    (tmp_path / "reads").mkdir()
    (tmp_path / "reads" / "lane1_R1.fq.gz").touch()
    (tmp_path / "sheets" / "more").mkdir(parents=True)
    (tmp_path / "sheets" / "more" / "x.fq").touch()
    (tmp_path / "gone.fq").symlink_to("nowhere.fq")
    sheets = tmp_path / "sheets"

    def found_and_advice(path: str) -> tuple[str, str]:
        found, expected, what_to_do = missing_file(path, "FASTQ", tmp_path, sheets)
        assert expected == "an existing FASTQ file"
        return found, what_to_do

    assert found_and_advice("reads/lane1_R1.fastq.gz")[1] == "did you mean `reads/lane1_R1.fq.gz`?"
    assert found_and_advice("reads") == ('a folder, "reads"', "write the path of a file in it")
    assert found_and_advice("more/x.fq") == (
        'no file "more/x.fq"',
        "write sheets/more/x.fq: paths start in the working directory",
    )
    assert found_and_advice("gone.fq") == (
        '"gone.fq", a link to a missing file',
        "correct the link: it points to nowhere.fq",
    )
    assert found_and_advice("~/x.fq")[1] == "write the full path instead of ~"
    assert found_and_advice('"x.fq"')[1] == "remove the quotes"
    assert found_and_advice("demo/x.fq")[1] == "run `make demo`, which writes it"
    assert (
        found_and_advice("raeds/x.fq")[1]
        == f"check the path: the folder {tmp_path / 'raeds'} does not exist"
    )
    assert found_and_advice("reads/other")[1] == (
        f"check the path: {tmp_path / 'reads' / 'other'} does not exist"
    )


@pytest.mark.parametrize("path", ["s3://bucket/a.fq.gz", "https://host/a.fq", "gs://b/c"])
def test_urls_are_rejected(path: str):
    scheme = path.split("//")[0] + "//"
    assert unsupported_url(path) == (
        f'"{path}"',
        "a path in the file system",
        f"{scheme} is not supported here; copy the file to such a path",
    )


def test_objects_are_accepted_where_they_are_read():
    assert unsupported_url("s3://bucket/a b.fq.gz", may_be_object=True) is None
    assert unsupported_path("s3://bucket/a b.fq.gz") is None
    found, expected, _ = unsupported_url("s3://B/a.fq", may_be_object=True)
    assert (found, expected) == ('the bucket "B" in "s3://B/a.fq"', "s3://bucket/key")
    assert unsupported_path("s3://bucket/{unit}.fq") is not None
    assert unsupported_url("gs://b/c", may_be_object=True).expected.endswith("or s3://bucket/key")


@pytest.mark.parametrize("path", ["a.fq", "/a/b c.fq", "C:a.fq", "a//b"])
def test_paths_are_not_urls(path: str):
    assert unsupported_url(path) is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/{unit}.fq", "{unit}"),
        ("{ 1 }.fa", "{ 1 }"),
        ("{sample,a+}.fq", "{sample,a+}"),
        ("<results>/a.fq", "<results>"),
        ("{sample}/a.fq", "{sample}"),
    ],
)
def test_names_that_snakemake_replaces_are_rejected(path: str, name: str):
    diagnosis = unsupported_path(path)
    assert diagnosis is not None
    assert f"such as {name}, which Snakemake would replace" in diagnosis.expected
    assert unsupported_path(diagnosis.what_to_do.split()[-1]) is None


@pytest.mark.parametrize("path", ["{3F-25}.fq", "{}.fq", "{a b}.fq", "<Results>.fq", "-a.fq", "a{"])
def test_other_brackets_and_dashes_are_accepted(path: str):
    assert unsupported_path(path) is None


def test_standard_input_is_rejected():
    for path in ("-", "./-"):
        diagnosis = unsupported_path(path)
        assert diagnosis is not None
        assert diagnosis.what_to_do == "rename the file"


def test_truth_table(tmp_path: Path):
    path = tmp_path / "truth.tsv.gz"
    header = b"read_id\tgenome\tstart\tend\tstrand"
    for more in (b"\n", b"\tcircle_length\n"):
        path.write_bytes(gzip.compress(header + more))
        assert probe_truth(path) is None
    path.write_bytes(gzip.compress(b"read\tgenome\n"))
    problem = probe_truth(path)
    assert problem is not None
    assert problem.expected == (
        "the columns read_id, genome, start, end, strand, separated by tabs"
    )
    plain = tmp_path / "truth.tsv"
    plain.write_bytes(header)
    problem = probe_truth(plain)
    assert problem is not None
    assert problem.what_to_do == "compress it with gzip"


def test_only_the_first_block_is_read(tmp_path: Path):
    counters = Path("/proc/self/io")
    if not counters.exists():
        pytest.skip("this system does not count the bytes that a process reads")

    def bytes_read() -> int:
        return int(counters.read_text().split()[1])

    paths = [tmp_path / f"{number}.fq" for number in range(20)]
    for path in paths:
        path.write_bytes(RECORD * 10_000)
    probe_fastq(paths[0])
    before = bytes_read()
    for path in paths:
        assert probe_fastq(path) == START
    assert bytes_read() - before < len(paths) * BLOCK_BYTES + 4096
