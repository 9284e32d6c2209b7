"""Gzip files with the same bytes each time, whole or absent."""

import gzip

import pytest

from formats.gzip_text import gzip_written_whole


def test_bytes_depend_on_content_only(tmp_path):
    paths = [tmp_path / "one.gz", tmp_path / "two.gz"]
    for path in paths:
        with gzip_written_whole(path) as file:
            file.write(b"ACGT\n" * 1000)
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert first[4:8] == bytes(4)  # no time stamp (RFC 1952: MTIME)
    assert gzip.decompress(first) == b"ACGT\n" * 1000


def write_half(path):
    with gzip_written_whole(path) as file:
        file.write(b"half")
        raise RuntimeError


def test_nothing_is_left_after_an_error(tmp_path):
    with pytest.raises(RuntimeError):
        write_half(tmp_path / "a.gz")
    assert list(tmp_path.iterdir()) == []
