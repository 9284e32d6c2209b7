"""Unit of an unaligned BAM; the writer is tested with its stage."""

from pathlib import Path

import pysam
import pytest

from readkin.errors import InputError
from readkin.formats.unaligned_bam import UnitName, unit_of_bam


def bam_with(path: Path, *groups: dict[str, str]) -> Path:
    """Write a BAM without reads that has these read groups."""
    header = {"HD": {"VN": "1.6"}, "RG": list(groups)}
    with pysam.AlignmentFile(str(path), "wb", header=header):
        return path


def test_unit_is_that_of_the_read_group(tmp_path):
    bam = bam_with(tmp_path / "a.bam", {"ID": "-RT.-l1", "SM": "-RT"})
    assert unit_of_bam(bam) == UnitName("-RT", "-l1")


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ([], "0 read groups"),
        ([{"ID": "s.a", "SM": "s"}, {"ID": "s.b", "SM": "s"}], "2 read groups"),
        ([{"ID": "a", "SM": "s"}], "the read group a"),
        ([{"ID": "a"}], "the read group a"),
    ],
)
def test_other_files_are_refused(tmp_path, groups, found):
    with pytest.raises(InputError, match=f"found {found}, expected one read group"):
        unit_of_bam(bam_with(tmp_path / "a.bam", *groups))
