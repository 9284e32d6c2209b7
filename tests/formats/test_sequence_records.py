"""Records of FASTA and FASTQ files of any file name."""

import bz2
import gzip
import lzma
import tarfile

import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats import sequence_records
from readkin.formats.sequence_records import FASTA_ONLY, sequence_pieces

ALPHA = "\N{GREEK SMALL LETTER ALPHA}"
FASTA = b">one first record\nACGT\nacg\n\n>two\r\nMK*-\r\n"
FASTQ = b"@one first\nACGTACG\n+\nIIIIIII\n@two\nTTN\n+two\n!!!\n"


def records(path):
    """Return names and sequences of all records."""
    found = {}
    for piece in sequence_pieces(path):
        text = b"".join(piece.text.split()).decode()
        found[piece.name] = found.get(piece.name, "") + text
    return list(found.items())


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", ["a.fa", "a.fastq.gz", "a"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FASTA, [("one", "ACGTacg"), ("two", "MK*-")]),
        (b"\n \n" + FASTA, [("one", "ACGTacg"), ("two", "MK*-")]),
        (FASTQ, [("one", "ACGTACG"), ("two", "TTN")]),
        (FASTA.rstrip(), [("one", "ACGTacg"), ("two", "MK*-")]),
        (FASTA.replace(b"\n", b" \t\n"), [("one", "ACGTacg"), ("two", "MK*-")]),
        (b">a caf\xe9 \xff > x\nAC GT\n", [("a", "ACGT")]),
        (
            "\N{GREEK SMALL LETTER ALPHA}".join([">", "\nAC\n"]).encode(),
            [("\N{GREEK SMALL LETTER ALPHA}", "AC")],
        ),
    ],
)
def test_content_determines_format_and_compression(tmp_path, pack, name, text, expected):
    path = tmp_path / name
    path.write_bytes(pack(text))
    assert records(path) == expected


def test_several_compressed_parts_are_one_file(tmp_path):
    path = tmp_path / "a.fa.gz"
    path.write_bytes(gzip.compress(b">a\nAC\n") + gzip.compress(b"GT\n>b\nA\n"))
    assert records(path) == [("a", "ACGT"), ("b", "A")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": found no sequence, expected at least one"),
        (b"\n \n", ": found no sequence, expected at least one"),
        (b"ACGT\n", ": found a file that starts with 'ACGT', expected FASTA or FASTQ"),
        (b"\x00\x01", ": found a file that starts with"),
        (b">a\nAC\n>\nGT\n", ":3: found no name, expected a name directly after > or @"),
        (b">a\nAC\n> \t\nGT\n", ":3: found no name"),
        (b">a\nAC\n> b\nGT\n", ":3: found a space before the name 'b', expected"),
        (b"\n\n >b\nGT\n", ":1: found '>' before the first header"),
        (b">empty\n>full\nACGT\n", ":1: found no sequence in record empty"),
        (b">full\nACGT\n>empty\n \n\n>b\nA\n", ":3: found no sequence in record empty"),
        (b">full\nACGT\n>empty", ":3: found no sequence in record empty"),
        (b"@a\n\n+\n\n", ":1: found no sequence in record a"),
        (b">a\nA\n>b\nA\n>a x\nA\n", ":5: found the name a again (first in line 1)"),
        (b"@a\nA\n+\nI\n@a\nA\n+\nI\n", ":5: found the name a again (first in line 1)"),
        (b"@a\nACGT\n+\nIII\n", ":4: found no readable record"),
        (b"@a\nACGT\n+\nIIII\n@b\nAC", ":6: found no readable record"),
        (b">b\xe9\nACGT\n", ":1: found a name that is not UTF-8 text"),
        (b">a>b\nACGT\n", ":1: found the name 'a>b'"),
        (b">a\0b\nACGT\n", ":1: found the name 'a\\x00b'"),
        (b">a\rACGT\r>b\rACGT\r", ":1: found line ends of old Mac text (CR)"),
        (b">" + b"a" * (17 << 20), ": found a header longer than 16,777,216 bytes: '>aaa"),
        (b"LOCUS       SCU49845\n", ": found a GenBank file, expected FASTA"),
        (b"##gff-version 3\n", ": found a GFF file"),
        (b"\n<!DOCTYPE html>\n", ": found a web page or XML"),
        (b";comment\n>a\nACGT\n", ": found a comment line (;)"),
        (b"C'A\x1a\0\0", ": found a 2bit file"),
        (b"BAM\1\0\0", ": found a BAM file"),
        (b"@SQ\tSN:a\tLN:9\n", ": found a SAM file"),
        (b"\xef\xbb\xbf>a\nACGT\n", ": found a byte-order mark"),
        (b">\0a\0\n\0", ":1: found the name"),
        (b"\x28\xb5\x2f\xfd\0", ": found Zstandard data"),
    ],
)
def test_refuses_other_content(tmp_path, content, message):
    for name, packed in (("plain", content), ("packed", gzip.compress(content))):
        path = tmp_path / name
        path.write_bytes(packed)
        with pytest.raises(InputError) as caught:
            records(path)
        assert str(caught.value).startswith(f"{path}{message}")
        assert "\n" not in str(caught.value)


def test_a_tar_archive_is_recognised(tmp_path):
    fasta, path = tmp_path / "a.fa", tmp_path / "a.tar.gz"
    fasta.write_bytes(FASTA)
    with tarfile.open(path, "w:gz") as archive:
        archive.add(fasta, "a.fa")
    with pytest.raises(InputError, match=r"found a tar archive.*; unpack it"):
        records(path)


def test_one_format_only(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(FASTQ)
    with pytest.raises(InputError, match="found FASTQ, which starts with '@one first', expected F"):
        list(sequence_pieces(path, FASTA_ONLY))


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_pieces_of_any_size_make_the_same_records(tmp_path, monkeypatch, size, line_end):
    """Blocks end within headers, at line ends and within sequences."""
    lines = [b">one first", b"ACGT", b"AC", b"", b">two", b"GGGGGGGGG", b">three", b"T", b"CCC"]
    path = tmp_path / "a"
    path.write_bytes(line_end.join(lines))
    monkeypatch.setattr(sequence_records, "BLOCK_BYTES", size)
    assert records(path) == [("one", "ACGTAC"), ("two", "GGGGGGGGG"), ("three", "TCCC")]
    pieces = list(sequence_pieces(path))
    assert {(piece.name, piece.header_line) for piece in pieces} == {
        ("one", 1),
        ("two", 5),
        ("three", 7),
    }
    assert pieces[-1].line == 9 - pieces[-1].text.count(b"\n")
    assert {piece.line for piece in pieces if piece.name == "two"} == {6}


def cut(packed):
    return packed[: len(packed) // 2]


def spoiled(packed):
    middle = len(packed) // 2
    return packed[:middle] + bytes(20) + packed[middle + 20 :]


@pytest.mark.parametrize("harm", [cut, spoiled])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_refuses_damaged_compression(tmp_path, pack, harm):
    letters = np.random.default_rng(1).choice([*b"ACGT"], 400_000).astype(np.uint8)
    lines = b"\n".join(letters.reshape(-1, 80).view("S80").ravel().tolist())
    path = tmp_path / "a"
    path.write_bytes(harm(pack(b">a\n" + lines + b"\n")))
    with pytest.raises(InputError, match=r"found (damaged data \(|a file that starts with)"):
        records(path)


def test_missing_files_and_folders_raise_their_own_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        records(tmp_path / "absent.fa")
    with pytest.raises(IsADirectoryError):
        records(tmp_path)
