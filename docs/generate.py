"""Generated pages of the documentation: compare them with their sources, or rewrite them.

``python docs/generate.py --check`` prints the differences and exits with 1 if there are any;
``python docs/generate.py --fix`` rewrites the pages (`make docs`).
"""

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
for folder in (REPOSITORY / "tests", REPOSITORY / "workflow_scripts", REPOSITORY):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from docs.pages import (  # noqa: E402
    clusters,
    conda_environment,
    config_readme,
    error_rates,
    file_formats,
    prices,
    profile,
    scale,
    stages,
    trade_offs,
)


class Page(NamedTuple):
    """A page: its path in the repository and the function that updates its generated parts."""

    path: str
    updated: Callable[[str], str]


PAGES = (
    Page("README.md", stages.updated),
    Page("config/README.md", config_readme.updated),
    Page("docs/profile.md", profile.updated),
    Page("docs/ray.md", profile.updated_ray),
    Page("docs/file-formats.md", file_formats.updated),
    Page("docs/error-rates.md", error_rates.updated),
    Page("docs/clusters.md", clusters.updated),
    Page("docs/cluster.md", prices.updated),
    Page("docs/scale.md", scale.updated),
    Page("docs/trade-offs.md", trade_offs.updated),
    *(Page(f"docs/figures/{name}.svg", make) for name, make in trade_offs.FIGURES.items()),
    Page("envs/readkin.yaml", conda_environment.updated),
)


def present_text(file: Path) -> str:
    """Return the text of a page; "" if it has not been generated yet."""
    return file.read_text(encoding="utf-8") if file.exists() else ""


def check(page: Page, folder: Path = REPOSITORY) -> str:
    """Return the difference between a page and its sources; "" if there is none."""
    text = present_text(folder / page.path)
    lines = text.splitlines(True), page.updated(text).splitlines(True)
    return "".join(difflib.unified_diff(*lines, page.path, "generated"))


def fix(page: Page, folder: Path = REPOSITORY) -> bool:
    """Rewrite a page that differs from its sources; return whether it did."""
    file = folder / page.path
    text = present_text(file)
    new = page.updated(text)
    if new != text:
        file.parent.mkdir(exist_ok=True)
        file.write_text(new, encoding="utf-8")
    return new != text


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="docs/generate.py", description=__doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true", help="print differences; exit code 1")
    action.add_argument("--fix", action="store_true", help="rewrite the pages that differ")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None, folder: Path = REPOSITORY) -> int:
    """Compare or rewrite all pages; return the exit code."""
    if parse_arguments(argv).fix:
        rewritten = [page.path for page in PAGES if fix(page, folder)]
        sys.stdout.writelines(f"rewritten: {path}\n" for path in rewritten)
        return 0
    differences = [check(page, folder) for page in PAGES]
    sys.stdout.writelines(differences)
    return int(any(differences))


if __name__ == "__main__":
    sys.exit(main())
