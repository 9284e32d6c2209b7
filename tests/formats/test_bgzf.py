"""Blocks of BGZF: htslib and gzip read what was written, and offsets lead to it."""

import gzip
import random

import pysam
import pytest

from readkin.formats.bgzf import BLOCK_BYTES, open_bgzf


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES - 1])
def test_any_content_is_read_at_any_offset(tmp_path, size):
    content = random.Random(size).randbytes(size)  # incompressible: the largest blocks
    offsets, path = {}, tmp_path / "a.gz"
    with open_bgzf(path) as file:
        for start in range(0, size, 50_000):
            offsets[start] = file.tell()
            file.write(content[start : start + 50_000])
    assert gzip.decompress(path.read_bytes()) == content
    with pysam.BGZFile(str(path), "r") as file:
        assert file.read() == content
        for start, offset in offsets.items():
            file.seek(offset)
            assert file.read(9) == content[start : start + 9]


def test_after_an_error_the_end_of_the_file_is_missing(tmp_path):
    def write():
        with open_bgzf(tmp_path / "a.bam") as file:
            file.write(bytes(BLOCK_BYTES))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    with pysam.BGZFile(str(tmp_path / "a.bam"), "r") as file:
        assert file.read(9) == bytes(9)
    assert not (tmp_path / "a.bam").read_bytes().endswith(bytes(9))
