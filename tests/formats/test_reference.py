"""References for mapping: what BAM cannot hold is refused, and minimap2 gets plain FASTA."""

import bz2
import gzip
import lzma

import pytest

from readkin.errors import InputError
from readkin.formats import reference
from readkin.formats.reference import check_reference, write_plain_reference


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_plain_reference(tmp_path, pack):
    path, plain = tmp_path / "a", tmp_path / "plain.fa"
    path.write_bytes(pack(b">chr1 caf\xe9\r\nACGT\r\nac gu\r\n\r\n>HLA-A*01:01\r\nRYKMSWBDHVN"))
    assert write_plain_reference(path, plain) == {"chr1": 8, "HLA-A*01:01": 11}
    assert plain.read_text() == ">chr1\nACGTACGT\n>HLA-A*01:01\nRYKMSWBDHVN\n"


def test_sequences_longer_than_a_block(tmp_path):
    path, plain = tmp_path / "a", tmp_path / "plain.fa"
    bases = "ACGGT" * 200_000
    path.write_text(f">a\n{bases}\n>b\nA\n>c\n{bases}\n")
    assert write_plain_reference(path, plain) == {"a": 1_000_000, "b": 1, "c": 1_000_000}
    assert plain.read_text() == path.read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (">a,b\nACGT\n", ":1: found ',' in the name a,b, expected a name that SAM allows"),
        (">ok\nA\n>*a\nA\n", ":3: found '*' in the name *a"),
        (">=\nA\n", ":1: found '=' in the name ="),
        (">a(b)\nA\n", ":1: found '(' in the name a(b)"),
        (">'a'\nA\n", ":1: found"),
        (">a\\b\nA\n", ":1: found"),
        (">caf\N{LATIN SMALL LETTER E WITH ACUTE}\nA\n", ":1: found"),
        (">a\nACGT>b\nACGT\n", ":2: found '>' in the sequence of a"),
        (">a\n>b\nACGT\n", ":1: found no sequence in record a"),
        (">a\nAC\n>a\nGT\n", ":3: found the name a again"),
        (">p\nMEEPQSDPSVEPPLSQETFSDLWKLLPENNVLSPLPSQAMDDLMLSPDDIEQWFTEDPGP\n", "a protein"),
        ("@a\nACGT\n+\nIIII\n", ": found FASTQ"),
        ("", ": found no sequence"),
    ],
)
def test_refuses_what_a_bam_file_cannot_hold(tmp_path, text, message):
    path, plain = tmp_path / "a.fa", tmp_path / "plain.fa"
    path.write_text(text)
    for read in (check_reference, lambda path: write_plain_reference(path, plain)):
        with pytest.raises(InputError) as caught:
            read(path)
        assert str(caught.value).startswith(str(path))
        assert message in str(caught.value)


def test_names_that_sam_allows(tmp_path):
    path = tmp_path / "a.fa"
    path.write_text(">gi|9626243|ref|NC_001416.1| phage\nA\n>chr1=*!#$%&+./:;?@^_~-\nA\n>7\nA\n")
    check_reference(path)


def test_longest_contig(tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "MAX_CONTIG_BP", 5)
    path = tmp_path / "a.fa"
    path.write_text(">a\nACG\nTA\n>b\nACG\nTAC\n")
    with pytest.raises(InputError, match=r":4: found more than 5 bp in b, .*; split the sequence"):
        check_reference(path)
