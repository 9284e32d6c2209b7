"""FASTQ files: what the check accepts is trimmed and stored in BAM with every record conserved."""

import contextlib
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pysam
from hypothesis import strategies as st

import convert_fastq_to_bam
import trim_reads
from fuzzing.mutations import compressed, decompressed, mutated
from readkin.errors import InputError
from readkin.formats.fastq import FastqInput
from readkin.raw_reads.reading import raw_chunks

ADAPTER = "T" * 30
NEUTRAL = ("--min-quality=0", "--min-length-bp=1", "--max-n-fraction=1", "--poly-g=no")
FILE_NAMES = ("reads.fastq", "reads.fq.gz", "-reads.bz2", "{reads} é.txt", "reads")
HOSTILE_NAMES = ("a@b", "x" * 251, "é")
IUPAC = "ACGTNRYSWKMBDHV"
COMMENTS = ("", " 1:N:0:ACGT", "\tCB:Z:x", " length=8", " café", " ")
# What is wrong with a whole file has no record.
OF_A_FILE = re.compile(
    "no reads|empty|copy|line ends|the bases of R1 again|same reads|compress|corrupt|"
    "records, expected as many"
)


class Record(NamedTuple):
    """One record of a file as text."""

    header: str
    bases: str
    qualities: str

    @property
    def text(self) -> str:
        """Four lines."""
        return f"@{self.header}\n{self.bases}\n+\n{self.qualities}\n"


class Reads(NamedTuple):
    """Drawn FASTQ of one unit.

    Attributes:
        files: name and bytes of each file.
        is_interleaved: whether the only file contains mates in turn.
        encoding: ``--quality-encoding``.
        is_sound: whether the files are as a sequencer writes them, so that they must be accepted.
    """

    files: tuple[tuple[str, bytes], ...]
    is_interleaved: bool
    encoding: str
    is_sound: bool

    @property
    def mates(self) -> int:
        """Number of reads of a fragment."""
        return 2 if self.is_interleaved else len(self.files)


@st.composite
def _record(draw: st.DrawFn, header: str, encoding: str) -> Record:
    alphabet = draw(st.sampled_from(("ACGT", "ACGT", "ACGTN.", f"{IUPAC}acgtn")))
    bases = draw(st.text(alphabet, min_size=1, max_size=40))
    if _may_contain_adapter(bases):
        bases = bases.replace("T", "A").replace("t", "a")
    # Some character that is of no encoding with offset 64, or only those that are.
    first, others = ("B", "@BKSh~") if encoding == "64" else ("#", "!#+5:?@FIJKS~")
    rest = draw(st.text(others, min_size=len(bases) - 1, max_size=len(bases) - 1))
    return Record(header, bases, first + rest)


def _may_contain_adapter(bases: str) -> bool:
    """Return whether cutadapt may find the adapter: three T at the end, or ten with one error."""
    return bases.upper().endswith("T") or bases.upper().count("T") > 6


@st.composite
def units(draw: st.DrawFn) -> Reads:
    """Draw the files of one unit."""
    mates, is_interleaved = draw(st.sampled_from(((1, False), (2, False), (2, True))))
    encoding = draw(st.sampled_from(("auto", "auto", "33", "64")))
    stem = draw(st.sampled_from(("r", "SIM:1:FC:1:1101:5:", "q_", *HOSTILE_NAMES)))
    endings = draw(st.sampled_from((("", ""), ("/1", "/2"), (".1", ".2"), ("_1", "_2"))))
    comment = draw(st.sampled_from(COMMENTS))
    fragments = []
    for number in range(draw(st.integers(1, 6))):
        headers = [
            f"{stem}{number}{endings[mate] if mates == 2 else ''}"
            + comment.replace(" 1:", f" {mate + 1}:")
            for mate in range(mates)
        ]
        fragments.append([draw(_record(header, encoding)) for header in headers])
    texts = ["".join(fragment[mate].text for fragment in fragments) for mate in range(mates)]
    if is_interleaved:
        texts = ["".join(record.text for fragment in fragments for record in fragment)]
    files, is_sound = [], stem.isascii() and "@" not in stem
    is_sound &= mates == 1 or all(one.bases != two.bases for one, two in fragments)
    for number, text in enumerate(texts):
        content = draw(mutated(text.encode()))
        data, is_complete = draw(compressed(content))
        is_sound &= is_complete and content == text.encode()
        files.append((f"{number}{draw(st.sampled_from(FILE_NAMES))}", data))
    return Reads(tuple(files), is_interleaved, encoding, is_sound)


def prepare(folder: Path) -> None:
    """Write nothing: the inputs refer to no other files."""


def check_unit(folder: Path, reads: Reads) -> bool:
    """Check, trim and convert one unit; return whether it is accepted.

    Raises:
        AssertionError: if the stages disagree, a record changes, or a message has no position.
    """
    for output in ("trimmed.fastq.gz", "reads.bam", "reads.bam.bai", "reads.bam.sbi"):
        (folder / output).unlink(missing_ok=True)
    paths = [folder / name for name, _ in reads.files]
    for path, (_, data) in zip(paths, reads.files, strict=True):
        path.write_bytes(data)
    refusal = _refusal_by_check(paths, reads)
    code, message = _trim(folder, paths, reads)
    if refusal is not None:
        assert not reads.is_sound, refusal
        _check_message(paths, refusal)
        assert code != 0, f"trim_reads accepts what the check refuses: {refusal}"
        _check_message(paths, message)
        assert not (folder / "trimmed.fastq.gz").exists()
        return False
    assert code == 0, f"trim_reads refuses what the check accepts: {message}"
    _convert(folder, is_paired=reads.mates == 2)
    records = [_naive_records(data) for _, data in reads.files]
    if reads.is_interleaved:
        records = [records[0][0::2], records[0][1::2]]
    _check_conserved(folder / "reads.bam", records, offset=64 if reads.encoding == "64" else 33)
    return True


def _refusal_by_check(paths: Sequence[Path], reads: Reads) -> str | None:
    second = paths[1] if len(paths) == 2 else None
    source = FastqInput(paths[0], second, reads.is_interleaved, reads.encoding)
    try:
        for _ in raw_chunks(source):
            pass
    except InputError as error:
        return str(error)
    return None


def _trim(folder: Path, paths: Sequence[Path], reads: Reads) -> tuple[int, str]:
    arguments = [f"--fastq-{mate}={path}" for mate, path in enumerate(paths, start=1)]
    arguments += ["--interleaved"] * reads.is_interleaved
    arguments += [f"--quality-encoding={reads.encoding}", "--unit=s.u", *NEUTRAL]
    arguments += [f"--adapter-1={ADAPTER}", f"--adapter-2={ADAPTER}"]
    outputs = {"output": "trimmed.fastq.gz", "report": "r.json", "counts": "c.json"}
    arguments += [f"--{option}={folder / name}" for option, name in outputs.items()]
    return _run(trim_reads.main, arguments)


def _convert(folder: Path, is_paired: bool) -> None:
    arguments = [f"--fastq={folder / 'trimmed.fastq.gz'}", "--sample=s", "--unit=u"]
    arguments += ["--platform=ILLUMINA", f"--output={folder / 'reads.bam'}"]
    arguments += [f"--counts={folder / 'c2.json'}", *(["--paired"] if is_paired else [])]
    code, message = _run(convert_fastq_to_bam.main, arguments)
    assert code == 0, message


def _run(main: Callable[[list[str]], int], arguments: list[str]) -> tuple[int, str]:
    with contextlib.redirect_stderr(io.StringIO()) as stderr:
        code = main(arguments)
    return code, stderr.getvalue()


def _check_message(paths: Sequence[Path], message: str) -> None:
    last = message.strip().splitlines()[-1]
    assert any(str(path) in last for path in paths), last
    assert ": found " in last, last
    assert re.search(r"(record|line) \d+", last) or OF_A_FILE.search(last), last


def _check_conserved(bam: Path, files: list[list[Record]], offset: int) -> None:
    """Compare a BAM with the records of the files, read by other means."""
    if any(_may_contain_adapter(record.bases) for records in files for record in records):
        return  # after a mutation
    expected = []
    for fragment in zip(*files, strict=True):
        if all(record.bases for record in fragment):
            names = [record.header.split()[0] for record in fragment]
            is_numbered = len(set(names)) == 2
            expected += [
                (name[:-2] if is_numbered else name, record)
                for name, record in zip(names, fragment, strict=True)
            ]
    with pysam.AlignmentFile(str(bam), check_sq=False) as alignments:
        found = list(alignments)
    assert len(found) == len(expected)
    for mate, (read, (name, record)) in enumerate(zip(found, expected, strict=True)):
        assert read.query_name == name
        assert read.is_read2 == (len(files) == 2 and mate % 2 == 1)
        # query_qualities_str of pysam 0.24 is wrong for reads of one base.
        qualities = "".join(chr(offset + quality) for quality in read.query_qualities)
        bases = record.bases.upper().replace(".", "N")
        assert (read.query_sequence, qualities) == (bases, record.qualities)


def _naive_records(data: bytes) -> list[Record]:
    """Read FASTQ that was accepted: whole, with the standard library, four lines a record."""
    text = decompressed(data).decode("utf-8", "replace")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    lines += [""] * (-len(lines) % 4)
    return [Record(lines[i][1:], lines[i + 1], lines[i + 3]) for i in range(0, len(lines), 4)]
