"""Pages of which a part is generated: compare with what is there, or write it."""

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path


def compare_or_fix(
    page: Path,
    in_step: Callable[[str], str],
    argv: Sequence[str] | None,
    program: str,
    description: str | None,
) -> int:
    """Compare, or with --fix rewrite; returns 1 where the page was out of step and stays so.

    Args:
        page: the file.
        in_step: makes the generated parts of its text anew.
        argv: command line.
        program: name of the module, for --help.
        description: for --help.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    parser.add_argument("--fix", action="store_true", help="rewrite the generated parts")
    arguments = parser.parse_args(argv)
    text = page.read_text(encoding="utf-8")
    new = in_step(text)
    if arguments.fix and new != text:
        page.write_text(new, encoding="utf-8")
    elif new != text:
        difference = difflib.unified_diff(text.splitlines(True), new.splitlines(True), "old", "new")
        sys.stdout.writelines(difference)
        return 1
    return 0
