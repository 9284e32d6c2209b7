"""A start of a Slurm job that was superseded puts nothing in place."""

from pathlib import Path

import pytest

from formats.errors import SupersededError
from formats.ownership import stop_if_superseded
from formats.whole_files import written_whole


@pytest.fixture
def owner_file(tmp_path: Path, monkeypatch) -> Path:
    """This process belongs to the start "7 n1 a", which owns the output."""
    file = tmp_path / "7.owner"
    file.write_text("7 n1 a")
    monkeypatch.setenv("READKIN_OWNER_FILE", str(file))
    monkeypatch.setenv("READKIN_OWNER", "7 n1 a")
    return file


def write(target: Path) -> None:
    with written_whole(target) as temporary:
        temporary.write_text("new")


def test_outside_slurm_everybody_may_write(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("READKIN_OWNER_FILE", raising=False)
    stop_if_superseded()
    write(tmp_path / "output")


def test_owner_may_write(owner_file: Path, tmp_path: Path) -> None:
    write(tmp_path / "output")
    assert (tmp_path / "output").read_text() == "new"


def test_superseded_start_makes_no_folder(owner_file: Path, tmp_path: Path) -> None:
    owner_file.write_text("7 n2 b")
    with pytest.raises(SupersededError):
        write(tmp_path / "removed at the end" / "output")
    assert list(tmp_path.iterdir()) == [owner_file]


def test_start_superseded_while_it_writes_leaves_the_output_alone(
    owner_file: Path, tmp_path: Path
) -> None:
    def superseded_in_the_middle() -> None:
        with written_whole(tmp_path / "output") as temporary:
            temporary.write_text("new")
            owner_file.write_text("7 n2 b")

    with pytest.raises(SupersededError):
        superseded_in_the_middle()
    assert list(tmp_path.iterdir()) == [owner_file]


def test_superseded_start_leaves_the_output_alone(owner_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "output"
    target.write_text("of the later start")
    owner_file.write_text("7 n2 b")
    with pytest.raises(SupersededError, match="found '7 n2 b', a later start of this job") as told:
        write(target)
    assert not told.value.is_settled, "a later attempt must not end at once for it"
    assert target.read_text() == "of the later start"
    assert sorted(tmp_path.iterdir()) == [owner_file, target]
