"""FASTA files as base codes."""

import gzip

import numpy as np
import pytest

from readkin.errors import InputError
from readkin.formats.fasta import decode, encode, read_fasta


def test_codes_are_those_of_all_reads():
    assert encode("ACGTacgtNnRY-").tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 4, 4, 4, 4, 4]
    assert decode(np.array([0, 1, 2, 3, 4], np.uint8)) == "ACGTN"


@pytest.mark.parametrize("is_compressed", [False, True])
def test_reads_wrapped_lines_and_several_records(tmp_path, is_compressed):
    text = b">one first record\nACGT\nacg\n\n>two\r\nTTN\r\n"
    path = tmp_path / ("a.fa.gz" if is_compressed else "a.fa")
    path.write_bytes(gzip.compress(text) if is_compressed else text)
    records = read_fasta(path)
    assert [record.name for record in records] == ["one", "two"]
    assert [decode(record.bases) for record in records] == ["ACGTACG", "TTN"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "found no sequence"),
        (b"ACGT\n", "a file that starts with 'ACGT'"),
        (b"@read\nACGT\n+\nIIII\n", "found FASTQ"),
        (b">empty\n>full\nACGT\n", ":1: found no sequence in record empty"),
        (b">gapped\nAC-GT\n", ":2: found '-'"),
        (b">protein\nMEEPQSDPSVEPPLSQETFSDLWKLL\n", "it looks like a protein"),
    ],
)
def test_refuses_other_content(tmp_path, content, found):
    path = tmp_path / "bad.fa"
    path.write_bytes(content)
    with pytest.raises(InputError, match=found) as caught:
        read_fasta(path)
    assert str(path) in str(caught.value)
