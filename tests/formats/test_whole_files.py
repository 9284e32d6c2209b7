"""Files appear whole or not at all."""

import pytest

from formats.whole_files import removed_at_end, written_whole


def test_content_appears_under_the_target_only(tmp_path):
    target = tmp_path / "new" / "table.tsv.gz"
    with written_whole(target) as temporary:
        assert temporary.name.endswith("table.tsv.gz")  # tools choose formats by suffix
        temporary.write_text("x")
        assert not target.exists()
    assert target.read_text() == "x"
    assert list(target.parent.iterdir()) == [target]


def fail_while_writing(target):
    with written_whole(target) as temporary:
        temporary.write_text("half")
        raise ValueError("stop")


def test_error_leaves_nothing_and_keeps_the_old_file(tmp_path):
    target = tmp_path / "table.tsv"
    target.write_text("old")
    with pytest.raises(ValueError, match="stop"):
        fail_while_writing(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_scratch_file_goes_away(tmp_path):
    with removed_at_end(tmp_path / "scratch") as path:
        path.write_text("x")
    assert list(tmp_path.iterdir()) == []
