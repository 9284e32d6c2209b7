"""FASTA and GFA of pieces: content, ends of links, the same bytes every time, Bandage."""

import gzip
import os
import shutil
import subprocess

import numpy as np
import pytest

from readkin.formats.fasta import read_fasta
from readkin.formats.piece_sequences import links_between, write_piece_fasta, write_piece_graph
from support.some_pieces import some_pieces

ALL = np.arange(3)


def test_fasta_has_the_consensus_of_the_chosen_pieces(tmp_path):
    path = tmp_path / "pieces.fasta.gz"
    write_piece_fasta(path, some_pieces(), np.array([0, 2]))
    assert gzip.decompress(path.read_bytes()).decode() == (
        ">piece_0 reads=3 depth=1.33 shared=no\nACGTACGTN\n"
        ">piece_2 reads=1 depth=1.00 shared=yes\nGGTT\n"
    )
    assert [record.name for record in read_fasta(path)] == ["piece_0", "piece_2"]
    again = tmp_path / "again.fasta.gz"
    write_piece_fasta(again, some_pieces(), np.array([0, 2]))
    assert again.read_bytes() == path.read_bytes()


def test_graph_has_segments_and_the_links_between_them(tmp_path):
    path = tmp_path / "pieces.gfa"
    assert write_piece_graph(path, some_pieces(), ALL) == 1
    assert path.read_text() == (
        "H\tVN:Z:1.0\n"
        "S\tpiece_0\tACGTACGTN\tLN:i:9\tRC:i:3\tdp:f:1.33\tsh:i:0\n"
        "S\tpiece_1\tAACC\tLN:i:4\tRC:i:2\tdp:f:1.00\tsh:i:0\n"
        "S\tpiece_2\tGGTT\tLN:i:4\tRC:i:1\tdp:f:1.00\tsh:i:1\n"
        "L\tpiece_2\t-\tpiece_0\t+\t*\tFC:i:3\tgd:i:40\n"
    )
    assert write_piece_graph(path, some_pieces(), np.array([0, 1])) == 0
    assert path.read_text().count("\nL\t") == 0


@pytest.mark.parametrize(
    ("is_flipped", "shift", "expected"),
    [
        (False, 59, (0, False, 2, False, 50)),  # 9 bases, 50 bp, then piece 2 as it is
        (False, -54, (2, False, 0, False, 50)),  # piece 2 ends 50 bp before piece 0
        (True, 63, (0, False, 2, True, 50)),  # its reverse complement lies from 59 to 63
        (True, -50, (2, True, 0, False, 50)),  # and here from -54 to -50
        (False, 7, (0, False, 2, False, -2)),  # both share two bases
    ],
)
def test_ends_of_links(is_flipped, shift, expected):
    changes = {"link_is_flipped": np.array([is_flipped]), "link_shift": np.array([shift])}
    links = links_between(some_pieces(**changes), ALL)
    found = (
        links.first.item(),
        links.first_is_reverse.item(),
        links.second.item(),
        links.second_is_reverse.item(),
        links.distance.item(),
    )
    assert found == expected


@pytest.mark.parametrize(
    "change",
    [{"link_count": np.array([1])}, {"fragment_length": 2.0, "link_shift": np.array([-1])}],
    ids=["one pair of mates", "one piece upon the other"],
)
def test_mates_that_are_no_links(change):
    plain = {"link_is_flipped": np.array([False]), "link_shift": np.array([7])}
    assert links_between(some_pieces(**plain), ALL).mates.size == 1
    assert links_between(some_pieces(**plain | change), ALL).mates.size == 0


def test_nothing_chosen(tmp_path):
    nothing = np.empty(0, np.int64)
    write_piece_fasta(tmp_path / "pieces.fasta.gz", some_pieces(), nothing)
    assert gzip.decompress((tmp_path / "pieces.fasta.gz").read_bytes()) == b""
    assert write_piece_graph(tmp_path / "pieces.gfa", some_pieces(), nothing) == 0
    assert (tmp_path / "pieces.gfa").read_text() == "H\tVN:Z:1.0\n"


@pytest.mark.skipif(shutil.which("Bandage") is None, reason="needs Bandage")
def test_bandage_opens_the_graph(tmp_path):
    path = tmp_path / "pieces.gfa"
    write_piece_graph(path, some_pieces(), ALL)
    shown = subprocess.run(
        ["Bandage", "info", path],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    ).stdout
    words = shown.split()
    assert words[:6] == ["Node", "count:", "3", "Edge", "count:", "1"]
