"""Records of FASTA and FASTQ files of any file name."""

import bz2
import gzip
import lzma

import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats.sequence_records import sequence_records

FASTA = b">one first record\nACGT\nacg\n\n>two\r\nMK*-\r\n"
FASTQ = b"@one first\nACGTACG\n+\nIIIIIII\n@two\nTTN\n+two\n!!!\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", ["a.fa", "a.fastq.gz", "a"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FASTA, [("one", "ACGTacg"), ("two", "MK*-")]),
        (b"\n \n" + FASTA, [("one", "ACGTacg"), ("two", "MK*-")]),
        (FASTQ, [("one", "ACGTACG"), ("two", "TTN")]),
        (b"", []),
        (b"\n", []),
    ],
)
def test_content_determines_format_and_compression(tmp_path, pack, name, text, expected):
    path = tmp_path / name
    path.write_bytes(pack(text))
    assert list(sequence_records(path)) == expected


def test_several_compressed_parts_are_one_file(tmp_path):
    path = tmp_path / "a.fa.gz"
    path.write_bytes(gzip.compress(b">a\nAC\n") + gzip.compress(b"GT\n>b\nA\n"))
    assert list(sequence_records(path)) == [("a", "ACGT"), ("b", "A")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ACGT\n", "a file that starts with b'A', expected FASTA or FASTQ"),
        (b"\x00\x01", "a file that starts with"),
        (b">a\nAC\n>\nGT\n", ": record 2: found no name, expected a name after > or @"),
        (b">empty\n>full\nACGT\n", ":>empty: found an empty sequence"),
        (b"@a\n\n+\n\n", ":>a: found an empty sequence"),
        (b"@a\nACGT\n+\nIII\n", ":4: found no readable record"),
        (b"@a\nACGT\n+\nIIII\n@b\nAC", ":6: found no readable record"),
        (b">bytes\nAC\xff\xfeGT\n", ": after record 0: found bytes that are not text"),
        (b">b\xc3\xa9\nACGT\n", "found no readable record"),
    ],
)
def test_refuses_other_content(tmp_path, content, message):
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(sequence_records(path))
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


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
    with pytest.raises(InputError, match=r"found a (damaged file \(|file that starts with)"):
        list(sequence_records(path))


def test_missing_files_and_folders_raise_their_own_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        list(sequence_records(tmp_path / "absent.fa"))
    with pytest.raises(IsADirectoryError):
        list(sequence_records(tmp_path))
