"""Files appear whole or not at all, and superseded attempts of a Slurm job write none."""

import gzip
from pathlib import Path

import pytest

from readkin.errors import SupersededError
from readkin.formats.atomic_write import (
    atomic_folder,
    atomic_gzip,
    atomic_write,
    removed_at_end,
    stop_if_superseded,
)


def test_content_appears_under_the_target_only(tmp_path):
    target = tmp_path / "new" / "table.tsv.gz"
    with atomic_write(target) as temporary:
        assert temporary.name.endswith("table.tsv.gz")  # tools choose formats by suffix
        temporary.write_text("x")
        assert not target.exists()
    assert target.read_text() == "x"
    assert list(target.parent.iterdir()) == [target]


def fail_while_writing(target):
    with atomic_write(target) as temporary:
        temporary.write_text("half")
        raise ValueError("stop")


def test_error_leaves_nothing_and_keeps_the_old_file(tmp_path):
    target = tmp_path / "table.tsv"
    target.write_text("old")
    with pytest.raises(ValueError, match="stop"):
        fail_while_writing(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def write_folder(target, names, fails=False):
    with atomic_folder(target) as temporary:
        for name in names:
            (temporary / name).write_text(name)
        assert not target.exists() or sorted(p.name for p in target.iterdir()) != names
        if fails:
            raise ValueError("stop")


def test_folder_appears_whole_and_replaces_an_earlier_one(tmp_path):
    target = tmp_path / "new" / "files"
    for names in (["a", "b"], ["c"], []):
        write_folder(target, names)
        assert sorted(path.name for path in target.iterdir()) == names
        assert list(target.parent.iterdir()) == [target]


def test_error_keeps_the_old_folder(tmp_path):
    target = tmp_path / "files"
    write_folder(target, ["a"])
    with pytest.raises(ValueError, match="stop"):
        write_folder(target, ["b"], fails=True)
    assert [path.name for path in target.iterdir()] == ["a"]
    assert list(tmp_path.iterdir()) == [target]


def test_scratch_file_goes_away(tmp_path):
    with removed_at_end(tmp_path / "scratch") as path:
        path.write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_bytes_depend_on_content_only(tmp_path):
    paths = [tmp_path / "one.gz", tmp_path / "two.gz"]
    for path in paths:
        with atomic_gzip(path) as file:
            file.write(b"ACGT\n" * 1000)
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert first[4:8] == bytes(4)  # no time stamp (RFC 1952: MTIME)
    assert gzip.decompress(first) == b"ACGT\n" * 1000


def write_half(path):
    with atomic_gzip(path) as file:
        file.write(b"half")
        raise RuntimeError


def test_nothing_is_left_after_an_error(tmp_path):
    with pytest.raises(RuntimeError):
        write_half(tmp_path / "a.gz")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def owner_file(tmp_path: Path, monkeypatch) -> Path:
    """This process belongs to the start "7 n1 a", which owns the output."""
    file = tmp_path / "7.token"
    file.write_text("7 n1 a")
    monkeypatch.setenv("JOB_GUARD_TOKEN_FILE", str(file))
    monkeypatch.setenv("JOB_GUARD_TOKEN", "7 n1 a")
    return file


def write_new(target: Path) -> None:
    with atomic_write(target) as temporary:
        temporary.write_text("new")


def test_outside_slurm_everybody_may_write(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("JOB_GUARD_TOKEN_FILE", raising=False)
    stop_if_superseded()
    write_new(tmp_path / "output")


def test_owner_may_write(owner_file: Path, tmp_path: Path) -> None:
    write_new(tmp_path / "output")
    assert (tmp_path / "output").read_text() == "new"


def test_superseded_start_makes_no_folder(owner_file: Path, tmp_path: Path) -> None:
    owner_file.write_text("7 n2 b")
    with pytest.raises(SupersededError):
        write_new(tmp_path / "removed at the end" / "output")
    assert list(tmp_path.iterdir()) == [owner_file]


def test_start_superseded_while_it_writes_leaves_the_output_alone(
    owner_file: Path, tmp_path: Path
) -> None:
    def superseded_in_the_middle() -> None:
        with atomic_write(tmp_path / "output") as temporary:
            temporary.write_text("new")
            owner_file.write_text("7 n2 b")

    with pytest.raises(SupersededError):
        superseded_in_the_middle()
    assert list(tmp_path.iterdir()) == [owner_file]


def test_superseded_start_leaves_the_output_alone(owner_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "output"
    target.write_text("of the later start")
    owner_file.write_text("7 n2 b")
    with pytest.raises(
        SupersededError, match="found '7 n2 b', a later attempt of this job"
    ) as caught:
        write_new(target)
    assert caught.value.is_retryable, "a later attempt must not end at once for it"
    assert target.read_text() == "of the later start"
    assert sorted(tmp_path.iterdir()) == [owner_file, target]


def test_start_of_an_earlier_run_is_superseded(owner_file: Path, tmp_path: Path) -> None:
    owner_file.unlink()
    with pytest.raises(SupersededError, match="found no token, as another run has started, exp"):
        write_new(tmp_path / "output")
    assert list(tmp_path.iterdir()) == []
