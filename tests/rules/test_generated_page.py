"""A page is compared, rewritten when asked, and left alone when it is in step."""

from pathlib import Path

import pytest

from rules.generated_page import compare_or_fix


def in_step(text: str) -> str:
    return text.replace("old", "new")


def run(page: Path, *words: str) -> int:
    return compare_or_fix(page, in_step, words, "rules.some_docs", "Some page.")


def test_compare_then_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("kept\nold\n")
    assert run(page) == 1
    assert "-old\n+new\n" in capsys.readouterr().out
    assert page.read_text() == "kept\nold\n"
    assert run(page, "--fix") == 0
    assert page.read_text() == "kept\nnew\n"
    written = page.stat().st_mtime_ns
    assert run(page, "--fix") == run(page) == 0
    assert page.stat().st_mtime_ns == written
    assert capsys.readouterr().out == ""


def test_help_names_the_module(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(Path("page.md"), "--help")
    assert "python -m rules.some_docs" in capsys.readouterr().out
