"""Reference, queries and database are checked to their end before a run."""

import gzip
import os
from pathlib import Path

import pytest

from rules.settings import sequence_files
from rules.settings.sequence_files import MEMORY, check_reference_file, check_search_file

GLUED = ">chr1\nACGT\nACGT>chr2\nACGT\n"
PROTEIN = ">s\nMEEPQSDPSVEPPLSQETF\n"


def test_reference(tmp_path: Path):
    (tmp_path / "a.fa").write_bytes(gzip.compress(b">chr1\nACGTN\nrykm\n"))
    (tmp_path / "b.fa").write_text(GLUED)
    assert check_reference_file("a.fa", tmp_path, "reference") is None
    assert str(check_reference_file("b.fa", tmp_path, "reference")) == (
        "b.fa:3: reference: found '>' in the sequence of chr1, expected bases (ACGTU, IUPAC codes);"
        " begin a new line before each >: files without a line end at their end were joined"
    )


def test_files_of_a_search(tmp_path: Path):
    (tmp_path / "p.fa").write_text(PROTEIN)
    (tmp_path / "r.fq").write_text("@r\nACGT\n+\nIIII\n@s\nACGT\n+\nIII\n")
    assert check_search_file("p.fa", tmp_path, "search.query", "BLOSUM62") is None
    assert "it looks like a protein" in str(check_search_file("p.fa", tmp_path, "search.query"))
    assert str(check_search_file("r.fq", tmp_path, "search.query")).startswith(
        "r.fq:8: search.query: found no readable record"
    )


def test_damaged_and_unreadable_files(tmp_path: Path):
    (tmp_path / "a.fa.gz").write_bytes(gzip.compress(GLUED.encode() * 999)[:-20])
    (tmp_path / "b.fa").mkdir()
    assert "found damaged data" in str(check_search_file("a.fa.gz", tmp_path, "x", "BLOSUM62"))
    assert "Is a directory" in str(check_reference_file("b.fa", tmp_path, "reference"))


def test_a_long_check_is_repeated_only_if_the_file_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sequence_files, "SECONDS_WORTH_REMEMBERING", 0)
    path = tmp_path / "a.fa"
    path.write_text(GLUED.replace("T>", "T\n>"))
    os.utime(path, (1, 1))
    assert check_reference_file("a.fa", tmp_path, "reference") is None
    [marker] = (tmp_path / MEMORY).iterdir()
    path.write_text(f"{GLUED}A")  # of the same size
    os.utime(path, (1, 1))
    assert check_reference_file("a.fa", tmp_path, "reference") is None  # not read again
    assert check_search_file("a.fa", tmp_path, "search.query") is not None  # another check
    os.utime(path, (2, 2))
    assert check_reference_file("a.fa", tmp_path, "reference") is not None
    assert [*(tmp_path / MEMORY).iterdir()] == [marker]
