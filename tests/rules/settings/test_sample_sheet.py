"""Every mistake in a sample sheet, its line, column and words."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest

from rules.settings.sample_sheet import Unit, read_sample_sheet

HEADER = "sample\tunit\tfastq_1\tfastq_2\n"
ALL_COLUMNS = "sample, unit, fastq_1, fastq_2, interleaved, quality_encoding, platform and library"
HEADER_EXPECTED = f"expected the columns {ALL_COLUMNS} (sample, unit and fastq_1 are required)"
NAME = "text of letters, digits, _ and -, 1 to 80 characters"


def read(folder: Path, sheet: str | bytes, probe_files: bool = False):
    path = folder / "samples.tsv"
    path.write_bytes(sheet if isinstance(sheet, bytes) else sheet.encode())
    return read_sample_sheet(Path("samples.tsv"), folder, probe_files)


def messages(folder: Path, sheet: str | bytes, probe_files: bool = False) -> list[str]:
    return [str(mistake) for mistake in read(folder, sheet, probe_files)[1]]


def write_reads(folder: Path, names: Mapping[str, str]) -> None:
    """One file per entry, holding a read of that name."""
    for file, name in names.items():
        record = f"@{name}\nACGT\n+\nIIII\n".encode()
        (folder / file).write_bytes(gzip.compress(record) if file.endswith(".gz") else record)


def test_units_in_sheet_order(tmp_path: Path):
    sheet = (
        "# comment\n"
        "fastq_1\tunit\tsample\tfastq_2\tlibrary\tplatform\n"
        "\n"
        "b_1.fq\tl1\t007\tb_2.fq\tlib.1\tONT\n"
        "  # another\n"
        "a.fq\t1e3\t007\t\t\t\n"
        "c d.fq\trun-1\tA_b\n"
    )
    units, mistakes = read(tmp_path, sheet)
    assert mistakes == []
    assert units == [
        Unit(
            sample="007",
            unit="l1",
            fastq_1="b_1.fq",
            fastq_2="b_2.fq",
            platform="ONT",
            dna_library="lib.1",
        ),
        Unit(
            sample="007",
            unit="1e3",
            fastq_1="a.fq",
            fastq_2=None,
            platform="ILLUMINA",
            dna_library="007",
        ),
        Unit(
            sample="A_b",
            unit="run-1",
            fastq_1="c d.fq",
            fastq_2=None,
            platform="ILLUMINA",
            dna_library="A_b",
        ),
    ]
    assert [unit.name for unit in units] == ["007.l1", "007.1e3", "A_b.run-1"]
    assert [unit.is_paired for unit in units] == [True, False, False]


PLAIN = HEADER + "a\tb\tr1.fq\tr2.fq\nc\td\ts.fq\t\n"
SAME_SHEET = {
    "CRLF": PLAIN.replace("\n", "\r\n").encode(),
    "CR": PLAIN.replace("\n", "\r").encode(),
    "byte-order mark": PLAIN.encode("utf-8-sig"),
    "no last line end": PLAIN.rstrip("\n").encode(),
    "spaces around fields": PLAIN.replace("\t", " \t ").encode(),
    "empty fields at the end": PLAIN.replace("\n", "\t\t\t\n").encode(),
}


@pytest.mark.parametrize("content", SAME_SHEET.values(), ids=SAME_SHEET)
def test_as_spreadsheets_write_it(tmp_path: Path, content: bytes):
    units, mistakes = read(tmp_path, content)
    assert mistakes == []
    assert units == [
        Unit(
            sample="a",
            unit="b",
            fastq_1="r1.fq",
            fastq_2="r2.fq",
            platform="ILLUMINA",
            dna_library="a",
        ),
        Unit(
            sample="c", unit="d", fastq_1="s.fq", fastq_2=None, platform="ILLUMINA", dna_library="c"
        ),
    ]


NO_TABLE = "save it as text, tab-separated, in UTF-8 (in Excel: Text, tab delimited)"
BAD_SHEETS = {
    "empty": (
        "",
        "samples.tsv: found no lines, expected a header and one line per unit; write them",
    ),
    "only comments": (
        "# one\n# two\n",
        "samples.tsv: found no lines, expected a header and one line per unit; write them",
    ),
    "only a header": (
        "# note\n" + HEADER,
        "samples.tsv:2: found no line after the header, expected one line per unit; write them",
    ),
    "UTF-16": (
        PLAIN.encode("utf-16"),
        f"samples.tsv: found UTF-16 or binary data, expected tab-separated text in UTF-8; "
        f"{NO_TABLE}",
    ),
    "Excel": (
        b"PK\x03\x04rest",
        f"samples.tsv: found an Excel or zip file, expected tab-separated text in UTF-8; "
        f"{NO_TABLE}",
    ),
    "Latin-1": (
        HEADER.encode() + b"K\xfcken\tl1\ta.fq\n",
        f"samples.tsv:2: found a byte that is not UTF-8, expected tab-separated text in UTF-8; "
        f"{NO_TABLE}",
    ),
    "commas": (
        PLAIN.replace("\t", ","),
        "samples.tsv:1: found commas between the columns, expected tabs; replace commas by tabs",
    ),
    "semicolons": (
        PLAIN.replace("\t", ";"),
        "samples.tsv:1: found semicolons between the columns, expected tabs; "
        "replace semicolons by tabs",
    ),
    "spaces": (
        PLAIN.replace("\t", "   "),
        "samples.tsv:1: found spaces between the columns, expected tabs; replace spaces by tabs",
    ),
    "header is a comment": (
        "#" + PLAIN,
        f"samples.tsv:2: found no header: it is a comment, {HEADER_EXPECTED}; "
        "remove the # before it",
    ),
    "misspelt needed column": (
        PLAIN.replace("fastq_1", "fastq1"),
        f'samples.tsv:1: fastq1: found an unknown column "fastq1", {HEADER_EXPECTED}; '
        "did you mean `fastq_1`?",
    ),
    "other case": (
        PLAIN.replace("sample", "Sample"),
        f'samples.tsv:1: Sample: found an unknown column "Sample", {HEADER_EXPECTED}; '
        "did you mean `sample`?",
    ),
    "missing column": (
        "sample\tfastq_1\na\tb.fq\n",
        f"samples.tsv:1: unit: found no such column, {HEADER_EXPECTED}; add it to the header",
    ),
    "column twice": (
        "sample\tunit\tfastq_1\tfastq_1\na\tb\tc\td\n",
        "samples.tsv:1: fastq_1: found this column a second time, expected each column once; "
        "delete one",
    ),
    "column more": (
        "sample\tunit\tfastq_1\tdepth\na\tb\tc.fq\t3\n",
        f'samples.tsv:1: depth: found an unknown column "depth", {HEADER_EXPECTED}; '
        "delete the column",
    ),
    "spaces in one line": (
        PLAIN + "e   f   g.fq\n",
        "samples.tsv:4: found 1 field, expected at most 4, as in the header; "
        "replace spaces between the columns by tabs",
    ),
    "one field": (
        PLAIN + "e\n",
        "samples.tsv:4: found 1 field, expected at most 4, as in the header; "
        "write all fields, with tabs between them",
    ),
    "too many fields": (
        PLAIN + "e\tf\tg.fq\th.fq\ti\n",
        "samples.tsv:4: found 5 fields, expected at most 4, as in the header; "
        "delete the surplus fields, or add a column",
    ),
    "space in a name": (
        PLAIN + "e e\tf\tg.fq\n",
        f'samples.tsv:4: sample: found "e e", expected {NAME}; write for example e_e',
    ),
    "dot in a name": (
        PLAIN + "e\tL1.2\tg.fq\n",
        f'samples.tsv:4: unit: found "L1.2", expected {NAME}; write for example L1_2',
    ),
    "quotes": (
        PLAIN + '"e"\tf\tg.fq\n',
        f'samples.tsv:4: sample: found ""e"", expected {NAME}; remove the quotes',
    ),
    "control character": (
        PLAIN + "e\x1b[31m\tf\tg.fq\n",
        f'samples.tsv:4: sample: found "e\\x1b[31m", expected {NAME}; write for example e_31m',
    ),
    "long name": (
        PLAIN + "e" * 81 + "\tf\tg.fq\n",
        f'samples.tsv:4: sample: found "{"e" * 81}", expected {NAME}; shorten it',
    ),
    "no name": (
        PLAIN + "\tf\tg.fq\n",
        f"samples.tsv:4: sample: found nothing, expected {NAME}; fill it in",
    ),
    "no file": (
        PLAIN + "e\tf\t\tg.fq\n",
        "samples.tsv:4: fastq_1: found nothing, expected a path; write the path of a FASTQ file",
    ),
    "another storage": (
        PLAIN + "e\tf\tgs://bucket/g.fq\n",
        'samples.tsv:4: fastq_1: found "gs://bucket/g.fq", expected a path in the file system or '
        "s3://bucket/key; gs:// is not supported here; copy the file to such a path",
    ),
    "S3 without key": (
        PLAIN + "e\tf\ts3://bucket\n",
        'samples.tsv:4: fastq_1: found a bucket without key, "s3://bucket", expected '
        "s3://bucket/key; add the key",
    ),
    "unit twice": (
        PLAIN + "a\tb\tg.fq\n",
        'samples.tsv:4: unit: found sample "a" with unit "b" a second time (first on line 2), '
        "expected each pair of sample and unit once; "
        "use a different unit name for each lane or run of the sample",
    ),
    "file twice": (
        PLAIN + "e\tf\t./x/../r2.fq\n",
        'samples.tsv:4: fastq_1: found the same file as fastq_2 of line 2, "./x/../r2.fq", '
        "expected each FASTQ file once; correct one of the paths",
    ),
    "file as its own mate": (
        PLAIN + "e\tf\tg.fq\tg.fq\n",
        'samples.tsv:4: fastq_2: found the same file as fastq_1 of line 4, "g.fq", '
        "expected each FASTQ file once; correct one of the paths",
    ),
    "unknown platform": (
        "sample\tunit\tfastq_1\tplatform\ne\tf\tg.fq\tIllumina\n",
        'samples.tsv:2: platform: found "Illumina", expected one of CAPILLARY, DNBSEQ, ELEMENT, '
        "HELICOS, ILLUMINA, IONTORRENT, LS454, ONT, PACBIO, SINGULAR, SOLID or ULTIMA; "
        "did you mean `ILLUMINA`?",
    ),
    "neither yes nor no": (
        "sample\tunit\tfastq_1\tinterleaved\ne\tf\tg.fq\tmaybe\n",
        'samples.tsv:2: interleaved: found "maybe", expected true or false; write true or false',
    ),
    "unknown encoding": (
        "sample\tunit\tfastq_1\tquality_encoding\ne\tf\tg.fq\tPhred+64\n",
        'samples.tsv:2: quality_encoding: found "Phred+64", expected one of auto, 33 or 64; '
        "write one of these",
    ),
    "R2 beside an interleaved file": (
        "sample\tunit\tfastq_1\tfastq_2\tinterleaved\ne\tf\tg.fq\th.fq\ttrue\n",
        'samples.tsv:2: fastq_2: found "h.fq" beside an interleaved file, expected nothing; '
        "delete it, or write false under interleaved",
    ),
}


@pytest.mark.parametrize(("sheet", "message"), BAD_SHEETS.values(), ids=BAD_SHEETS)
def test_one_mistake(tmp_path: Path, sheet: str | bytes, message: str):
    assert messages(tmp_path, sheet) == [message]


def test_all_mistakes_at_once(tmp_path: Path):
    write_reads(tmp_path, {"a_1.fq": "x/1", "a_2.fq": "y/2", "b.fq": "z"})
    sheet = (
        "# runs of May\n"
        "sample\tunit\tfastq_1\tfastq_2\tplatfrom\n"
        "a\tl1\ta_1.fq\ta_2.fq\n"
        "a\tl1\tb.fq\n"
        "b b\tl1\t\tmissing.fq\n"
        "c   l1   c.fq\n"
        "d\tl1\tb.fq\n"
    )
    places = [(m.line, m.key) for m in read(tmp_path, sheet, probe_files=True)[1]]
    assert sorted(places) == [
        (2, "platfrom"),
        (3, "fastq_2"),
        (4, "unit"),
        (5, "fastq_1"),
        (5, "fastq_2"),
        (5, "sample"),
        (6, ""),
        (7, "fastq_1"),
    ]


def test_valid_files_pass(tmp_path: Path):
    names = {"a_1.fq.gz": "x/1", "a_2.fq.gz": "x/2", "b.fq": "y", "c_1.fq": "z", "c_2.fq": "z"}
    write_reads(tmp_path, names)
    sheet = (
        HEADER + "a\t1\ta_1.fq.gz\ta_2.fq.gz\na\t2\tb.fq\n" + f"c\t1\t{tmp_path}/c_1.fq\tc_2.fq\n"
    )
    assert messages(tmp_path, sheet, probe_files=True) == []


def test_links_to_one_file_are_the_same_file(tmp_path: Path):
    write_reads(tmp_path, {"a.fq": "x"})
    (tmp_path / "b.fq").symlink_to("a.fq")
    assert messages(tmp_path, HEADER + "a\t1\ta.fq\na\t2\tb.fq\n") == [
        'samples.tsv:3: fastq_1: found the same file as fastq_1 of line 2, "b.fq", '
        "expected each FASTQ file once; correct one of the paths"
    ]


def test_messages_about_files(tmp_path: Path):
    write_reads(tmp_path, {"a_1.fq": "x/1", "a_2.fq": "y/2"})
    (tmp_path / "b.fq").write_text("@z\nAC-T\n+\nIIII\n")
    sheet = HEADER + "a\t1\ta_1.fq\ta_2.fq\nb\t1\tb.fq\nc\t1\tc.fq.gz\n"
    assert messages(tmp_path, sheet, probe_files=True) == [
        'samples.tsv:2: fastq_2: found first reads "x/1" in fastq_1 and "y/2" in fastq_2, names '
        "of different pairs, expected the same names in the same order, mates 1 in fastq_1 and "
        "mates 2 in fastq_2; provide both files of one run, with the reads in the same order",
        'samples.tsv:3: fastq_1: found "-" among the bases "AC-T" in line 2 in "b.fq", expected '
        "bases (A, C, G, T, N, a dot, or IUPAC codes of several bases); check or replace the file",
        'samples.tsv:4: fastq_1: found no file "c.fq.gz", expected an existing FASTQ file; '
        f"check the path: {tmp_path}/c.fq.gz does not exist",
    ]
    assert messages(tmp_path, sheet, probe_files=False) == []


def test_paths_start_in_the_working_directory(tmp_path: Path):
    (tmp_path / "config").mkdir()
    write_reads(tmp_path, {"a.fq": "x", "config/b.fq": "y"})
    (tmp_path / "config" / "samples.tsv").write_text(HEADER + "a\t1\ta.fq\nb\t1\tb.fq\n")
    _, mistakes = read_sample_sheet(Path("config/samples.tsv"), tmp_path, probe_files=True)
    assert [str(mistake) for mistake in mistakes] == [
        'config/samples.tsv:3: fastq_1: found no file "b.fq", expected an existing FASTQ file; '
        "write config/b.fq: paths start in the working directory"
    ]


@pytest.mark.parametrize("word", ["true", "TRUE", "yes", "Yes"])
def test_an_interleaved_unit_is_paired(tmp_path: Path, word: str):
    header = "sample\tunit\tfastq_1\tinterleaved\tquality_encoding\n"
    units, mistakes = read(tmp_path, f"{header}a\t1\ta.fq\t{word}\t64\nb\t1\tb.fq\tno\n")
    assert mistakes == []
    assert [unit.is_paired for unit in units] == [True, False]
    assert [unit.quality_encoding for unit in units] == ["64", "auto"]


def fastq_of(*records: tuple[str, str]) -> str:
    return "".join(f"@{name}\n{bases}\n+\n{'I' * len(bases)}\n" for name, bases in records)


BASES = ["ACGTTGCAAGGCTTACCGATACGT", "TTGACCAGTACCAGATTGCAAACG", "GGACTTACACGATTTACAGGCAAT"]
LAYOUTS = {
    "one name in turn": (
        fastq_of(("p0", BASES[0]), ("p0", BASES[1])),
        "",
        'fastq_1: found mates in turn, "p0" and "p0", expected single reads, as fastq_2 is empty; '
        "write true in the column interleaved, or give each read its own name",
    ),
    "numbers in turn": (
        fastq_of(("a/1", BASES[0]), ("a/2", BASES[1]), ("b/1", BASES[2]), ("b/2", BASES[0])),
        "",
        'fastq_1: found mates in turn, "a/1" and "a/2", expected single reads, as fastq_2 is '
        "empty; write true in the column interleaved, or give each read its own name",
    ),
    "single reads as interleaved": (
        fastq_of(("SRR1.1", BASES[0]), ("SRR1.3", BASES[1])),
        "true",
        'fastq_1: found first reads "SRR1.1" and "SRR1.3", names of different pairs, expected '
        "mates 1 and 2 in turn; write false under interleaved",
    ),
    "copies in turn": (
        fastq_of(("a", BASES[0]), ("a", BASES[0]), ("b", BASES[1]), ("b", BASES[1])),
        "true",
        "fastq_1: found the bases of R1 again, expected reads of the other end of each fragment; "
        "provide the file of the second mates",
    ),
}


@pytest.mark.parametrize(("content", "interleaved", "message"), LAYOUTS.values(), ids=LAYOUTS)
def test_wrong_layout(tmp_path: Path, content: str, interleaved: str, message: str):
    (tmp_path / "a.fq").write_text(content)
    sheet = f"sample\tunit\tfastq_1\tinterleaved\na\t1\ta.fq\t{interleaved}\n"
    assert messages(tmp_path, sheet, probe_files=True) == [f"samples.tsv:2: {message}"]


def test_a_copy_of_r1_is_no_r2(tmp_path: Path):
    for file in ("a_1.fq", "a_2.fq"):
        (tmp_path / file).write_text(fastq_of(*(("a", bases) for bases in BASES)))
    assert messages(tmp_path, f"{HEADER}a\t1\ta_1.fq\ta_2.fq\n", probe_files=True) == [
        "samples.tsv:2: fastq_2: found the bases of R1 again, expected reads of the other end of "
        "each fragment; provide the file of the second mates"
    ]


SINGLE_READS = {
    "numbered by SRA": [("SRR1.1", BASES[0]), ("SRR1.2", BASES[1]), ("SRR1.3", BASES[2])],
    "two by SRA": [("SRR1.1", BASES[0]), ("SRR1.2", BASES[1])],
    "numbered with slashes": [(f"x/{number}", BASES[0]) for number in range(1, 5)],
    "second mates": [("a/2", BASES[0]), ("b/2", BASES[1])],
}


@pytest.mark.parametrize("records", SINGLE_READS.values(), ids=SINGLE_READS)
def test_single_reads_pass(tmp_path: Path, records: list[tuple[str, str]]):
    (tmp_path / "a.fq").write_text(fastq_of(*records))
    assert messages(tmp_path, f"{HEADER}a\t1\ta.fq\n", probe_files=True) == []


def test_mates_of_a_palindrome_pass(tmp_path: Path):
    """A read of one base, or single reads equal to their mates, are no copy of a file."""
    dark = "G" * 24
    first = [("a", dark), ("b", BASES[0]), ("c", BASES[1])]
    second = [("a", dark), ("b", BASES[0]), ("c", BASES[2])]
    for file, records in {"a_1.fq": first, "a_2.fq": second}.items():
        (tmp_path / file).write_text(fastq_of(*records))
    assert messages(tmp_path, f"{HEADER}a\t1\ta_1.fq\ta_2.fq\n", probe_files=True) == []
