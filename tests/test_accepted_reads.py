"""What check_reads accepts, trim_reads and convert_fastq_to_bam take whole; the rest it refuses."""

import bz2
import gzip
import lzma
import re
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pysam
from hypothesis import given, settings
from hypothesis import strategies as st

import convert_fastq_to_bam
import trim_reads
from check import check_reads
from readkin.mates import mate_mismatch, read_name, shared_name
from rules.settings.input_probe import FastqStart, probe_fastq

# The adapter is of T, which the reads do not have: trimming changes nothing.
NEUTRAL = "--adapter-1 TTTTTTTT --adapter-2 TTTTTTTT --min-quality 0 --min-length-bp 1"
BASES = "ACGNRYKMSWBDHVacgn."
COMPRESSIONS = [lambda content: content, gzip.compress, bz2.compress, lzma.compress]
NAME_CHARACTERS = st.sampled_from("ab1/._:-#=*\"'\\~!?")

names = st.one_of(
    st.text(NAME_CHARACTERS, min_size=1, max_size=4),
    st.sampled_from(["n" * 252, "n" * 253, "n" * 254, "n" * 255]),
)
comments = st.sampled_from(["", "", " 1:N:0:AC", " 2:N:0:AC", "\tRX:Z:A", " café", " a@b", " \x01"])
reads = st.lists(
    st.tuples(st.sampled_from(BASES), st.sampled_from("!*+5@I~")), max_size=6
)  # base and quality
records = st.tuples(names, comments, reads)
endings = st.sampled_from([("", ""), ("/1", "/2"), (".1", ".2"), ("_1", "_2"), ("/2", "/1")])
layouts = st.fixed_dictionaries(
    {
        "line_end": st.sampled_from(["\n", "\n", "\r\n"]),
        "tail": st.sampled_from(["", "", None, "\n", "\n\n\n\n", "\r\n", "  \n"]),
        "compress": st.sampled_from(COMPRESSIONS),
        "name": st.sampled_from(["x.fastq", "x.fq.gz", "x.bz2", "x.fasta", "x"]),
    }
)
mutations = st.one_of(
    st.none(),
    st.none(),
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.sampled_from([b"", b"\n", b"\0", b"-", b"U", b"@", b" ", b"\xc3\xa9", b"\xa0", b"\r"]),
        st.booleans(),
    ),
)


def text_of(entries, line_end, tail):
    lines = []
    for name, comment, read in entries:
        bases, qualities = ("".join(column) for column in zip(*read, strict=True)) if read else "  "
        lines += [f"@{name}{comment}", bases.strip(), "+", qualities.strip()]
    text = "".join(f"{line}{line_end}" for line in lines)
    return (text.removesuffix(line_end) if tail is None else text + tail).encode()


def mutated(content, mutation):
    """Insert bytes at a position, or replace the byte there."""
    if mutation is None or not content:
        return content
    position, inserted, replaces = mutation
    index = int(position * len(content))
    return content[:index] + inserted + content[index + replaces :]


def findings(files):
    """What check_reads reports about one unit."""
    unit = ["s.u", *map(str, files)]
    (finding,) = check_reads(SimpleNamespace(full_reads=True, reads=[unit], objects=None))
    return finding


def converted(folder, files):
    """Trim and convert the files of one unit; return the records of the BAM file."""
    trimmed, bam, rest = (folder / name for name in ("t.fastq.gz", "t.bam", "rest"))
    inputs = [f"--fastq-{mate}={path}" for mate, path in enumerate(files, start=1)]
    arguments = [*inputs, *NEUTRAL.split(), "--max-n-fraction=1", "--unit=s.u", "--threads=1"]
    arguments += [f"--output={trimmed}", f"--report={rest}", f"--counts={rest}.json"]
    assert trim_reads.main(arguments) == 0
    arguments = [f"--fastq={trimmed}", "--sample=s", "--unit=u", "--platform=ILLUMINA"]
    arguments += ["--paired"] * (len(files) - 1)
    assert convert_fastq_to_bam.main([*arguments, f"--output={bam}", f"--counts={rest}"]) == 0
    fields = [line.split("\t") for line in pysam.view(str(bam)).splitlines()]
    return [(name, bases, quality) for name, *_, bases, quality, _ in fields]


def stored(name, read):
    """The record of a read as BAM has it."""
    bases, qualities = ("".join(column) for column in zip(*read, strict=True))
    return name, bases.upper().replace(".", "N"), qualities


def assert_refusal_names_the_record(finding, files):
    where = "|".join(re.escape(str(path)) for path in files)
    # A whole file has another format, no read or fewer reads than the other one.
    position = r"(: record \d+ \(line \d+\)|: after record \d+|)"
    assert re.fullmatch(rf"({where}){position}: found .+, expected .+; .+", finding.found)


few_runs = settings(max_examples=40, deadline=None)


UNUSUAL = [
    ("*", "", [("A", "*")]),  # in SAM, but not in BAM, * means "unknown"
    ("=", "", [("a", "~"), (".", "!"), ("n", "*")]),
    ("n" * 254, "\tRX:Z:A", [("G", "5")]),
    ("a", " caf\N{LATIN SMALL LETTER E WITH ACUTE} @", [("V", "@")]),
    ("empty", "", []),
    ("empty, too", "", []),
]


def test_unusual_reads_are_taken(tmp_path):
    text = text_of(UNUSUAL, "\r\n", "\r\n \n\n")
    for name, compress in zip("abcd", COMPRESSIONS, strict=True):
        path = tmp_path / f"{name}.fastq.gz"
        path.write_bytes(compress(text))
        finding = findings([path])
        assert (finding.found, finding.fix) == ("6 reads", "")
        assert isinstance(probe_fastq(path), FastqStart)
        expected = [stored(name, read) for name, _, read in UNUSUAL if read]
        assert converted(tmp_path, [path]) == expected


@few_runs
@given(entries=st.lists(records, min_size=1, max_size=5), layout=layouts, mutation=mutations)
def test_single_reads(entries, layout, mutation):
    text = text_of(entries, layout["line_end"], layout["tail"])
    content = mutated(text, mutation)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / layout["name"]
        path.write_bytes(layout["compress"](content))
        finding, start = findings([path]), probe_fastq(path)
        if finding.fix:
            assert_refusal_names_the_record(finding, [path])
            return
        assert isinstance(start, FastqStart)
        found = converted(path.parent, [path])
        if content == text:
            assert found == [stored(name, read) for name, _, read in entries if read]


@few_runs
@given(
    pairs=st.lists(st.tuples(names, comments, reads, reads), min_size=1, max_size=4),
    ending=endings,
    layout=layouts,
    mutation=mutations,
)
def test_pairs(pairs, ending, layout, mutation):
    mates = [
        [(name + ending[mate], comment, reads[mate]) for name, comment, *reads in pairs]
        for mate in (0, 1)
    ]
    texts = [text_of(entries, layout["line_end"], layout["tail"]) for entries in mates]
    contents = [texts[0], mutated(texts[1], mutation)]
    with tempfile.TemporaryDirectory() as name:
        files = [Path(name) / f"{mate}{layout['name']}" for mate in (1, 2)]
        for path, content in zip(files, contents, strict=True):
            path.write_bytes(layout["compress"](content))
        finding = findings(files)
        if finding.fix:
            assert_refusal_names_the_record(finding, files)
            return
        found = converted(files[0].parent, files)
        if contents == texts:
            kept = [(name, comment, reads) for name, comment, *reads in pairs if all(reads)]
            expected = []
            for name, comment, (read_1, read_2) in kept:
                headers = [name + number + comment for number in ending]
                assert mate_mismatch(*headers) is None
                shared = shared_name(*map(read_name, headers))
                expected += [stored(shared, read_1), stored(shared, read_2)]
            assert found == expected
