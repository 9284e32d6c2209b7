"""Generated pages agree with their sources; a page that differs is reported or rewritten."""

from pathlib import Path

import pytest

from docs import generate
from docs.generate import PAGES, Page, check, fix, main
from docs.pages.markdown import replace_block, table


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_page_is_up_to_date(page: Page) -> None:
    assert check(page) == "", "run `make docs`"


def test_page_is_rewritten_only_if_it_differs(tmp_path: Path) -> None:
    page, file = Page("page.md", lambda text: text.replace("old", "new")), tmp_path / "page.md"
    file.write_text("kept\nold\n")
    assert "-old\n+new\n" in check(page, tmp_path)
    assert file.read_text() == "kept\nold\n"
    assert fix(page, tmp_path)
    assert file.read_text() == "kept\nnew\n"
    written = file.stat().st_mtime_ns
    assert not fix(page, tmp_path)
    assert check(page, tmp_path) == ""
    assert file.stat().st_mtime_ns == written


def test_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Page("page.md", lambda text: "generated\n")
    monkeypatch.setattr(generate, "PAGES", [page])
    (tmp_path / "page.md").write_text("written by hand\n")
    assert main(["--check"], tmp_path) == 1
    assert "-written by hand\n+generated\n" in capsys.readouterr().out
    assert main(["--fix"], tmp_path) == 0
    assert capsys.readouterr().out == "rewritten: page.md\n"
    assert main(["--check"], tmp_path) == 0
    assert capsys.readouterr().out == ""
    with pytest.raises(SystemExit):
        main([], tmp_path)


def test_table_escapes_its_separator() -> None:
    assert table(("a", "b"), [("1|2", "3")]) == "| a | b |\n| --- | --- |\n| 1\\|2 | 3 |\n"


def test_only_the_block_of_that_name_is_replaced() -> None:
    text = "<!-- begin a: x -->\nold\n<!-- end a -->\n<!-- begin b: x -->\nold\n<!-- end b -->\n"
    assert replace_block(text, "b", "new\n") == "new".join(text.rsplit("old", 1))
    with pytest.raises(ValueError, match="0 blocks c"):
        replace_block(text, "c", "new\n")
