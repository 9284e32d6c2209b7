"""Refuse unclear words in texts that users read: messages, help, report, pages, settings.

Module docstrings of commands are included, as `--help` prints them. Other docstrings and comments
in code are not.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support.repository import REPOSITORY, SCRIPTS

REPLACEMENTS = {
    "told": "reported, passed, shown",
    "tells": "reports, shows, contains",
    "speaks of": "refers to, mentions",
    "stands for": "represents, is",
    "mend": "fix, correct",
    "mended": "fixed, corrected",
    "anew": "again",
    "by and by": "eventually, gradually",
    "none the less": "still, nevertheless",
    "for ever": "forever, permanently",
    "gone on with": "resumed, continued",
    "goes on": "continues, resumes",
    "so many": "the number itself",
    "is not to be had": "is unavailable",
    "pretended": "mocked, stub, simulated",
    "on trial": "as a test, by sampling",
    "what is asked for": "the requested ...",
    "what was asked": "the requested ...",
}
# Words of a phrase may be separated by a line break, with a comment sign on the next line.
PATTERNS = {
    phrase: re.compile(r"\b" + phrase.replace(" ", r"[\s#]+") + r"\b", re.IGNORECASE)
    for phrase in REPLACEMENTS
}
RULE_DOCSTRING = re.compile(r'^(?:rule|checkpoint) \w+:\s+"""(.*?)"""', re.DOTALL | re.MULTILINE)
MARKDOWN = [
    REPOSITORY / "README.md",
    REPOSITORY / "config" / "README.md",
    *sorted((REPOSITORY / "docs").glob("*.md")),
]
SNAKEFILES = [REPOSITORY / "Snakefile", *sorted((REPOSITORY / "rules").glob("*.smk"))]


class UserText(NamedTuple):
    """A piece of text that users read, and the line at which it begins."""

    path: Path
    line: int
    text: str


def docstrings(tree: ast.Module) -> set[ast.AST]:
    """Return the string nodes that are docstrings."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, owners)
        and node.body
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }


def texts_of_module(path: Path, is_command: bool) -> Iterator[UserText]:
    """Yield all strings of a module, parts of f-strings included, but no docstrings.

    Args:
        path: Python file.
        is_command: include the docstring of the module, which `--help` prints.
    """
    tree = ast.parse(path.read_text())
    skipped = docstrings(tree)
    if is_command and ast.get_docstring(tree):
        yield UserText(path, 1, ast.get_docstring(tree, clean=False) or "")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield UserText(path, node.lineno, node.value)


def text_of_markdown(path: Path) -> UserText:
    """Return a page with its code blocks blanked; they are fenced, or indented by four spaces."""
    lines, is_fenced = [], False
    for line in path.read_text().splitlines():
        is_fence = line.startswith("```")
        is_fenced ^= is_fence
        is_code = is_fence or is_fenced or line.startswith("    ")
        lines.append("" if is_code else line)
    return UserText(path, 1, "\n".join(lines))


def text_of_comments(path: Path) -> UserText:
    """Return a YAML file in which only comments are left."""
    lines = path.read_text().splitlines()
    comments = (re.search(r"(?:^|\s)#.*", line) for line in lines)
    return UserText(path, 1, "\n".join(comment[0] if comment else "" for comment in comments))


def texts_of_rules(path: Path) -> Iterator[UserText]:
    """Yield the docstrings of rules, which `snakemake --list-target-rules` prints."""
    source = path.read_text()
    for match in RULE_DOCSTRING.finditer(source):
        yield UserText(path, source.count("\n", 0, match.start(1)) + 1, match[1])


def findings(texts: Iterator[UserText] | list[UserText]) -> list[str]:
    """Return one line for each refused phrase: where it is, and what to write instead."""
    found = sorted(
        (path, line + text.count("\n", 0, match.start()), phrase)
        for path, line, text in texts
        for phrase, pattern in PATTERNS.items()
        for match in pattern.finditer(text)
    )
    return [
        f"{path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path.name}:{line}: "
        f"found '{phrase}', expected: {REPLACEMENTS[phrase]}"
        for path, line, phrase in found
    ]


def user_texts(kind: str) -> Iterator[UserText]:
    """Yield all texts of one kind that the repository shows to users."""
    match kind:
        case "code":
            for path in sorted([*SCRIPTS.rglob("*.py"), *(REPOSITORY / "rules").rglob("*.py")]):
                yield from texts_of_module(path, is_command=path.parent == SCRIPTS)
        case "rules":
            for path in SNAKEFILES:
                yield from texts_of_rules(path)
        case "pages":
            yield from map(text_of_markdown, MARKDOWN)
        case "settings":
            for path in sorted((REPOSITORY / "config").glob("*.yaml")):
                yield UserText(path, 1, path.read_text())
            yield from map(text_of_comments, sorted((REPOSITORY / "profiles").glob("*/*.yaml")))
        case "report":
            for path in sorted(SCRIPTS.rglob("*.j2")):
                yield UserText(path, 1, path.read_text())


@pytest.mark.parametrize("kind", ["code", "rules", "pages", "settings", "report"])
def test_users_read_none_of_the_refused_words(kind):
    texts = list(user_texts(kind))
    assert texts, "nothing to read: the folders have moved"
    found = findings(texts)
    assert not found, "\n" + "\n".join(found)


def test_phrases_are_found_across_lines_and_in_any_case(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("Ends by\nand by.\n\n    told in code\n```\nmended\n```\n- TELLS all\n")
    assert findings([text_of_markdown(page)]) == [
        "page.md:1: found 'by and by', expected: eventually, gradually",
        "page.md:8: found 'tells', expected: reports, shows, contains",
    ]
    profile = tmp_path / "profile.yaml"
    profile.write_text("mend: anew  # goes\n# on\n")
    assert len(findings([text_of_comments(profile)])) == 1


def test_strings_of_code_are_read_but_docstrings_are_not(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        '"""Told by --help."""\n\n\n'
        'def f(x):\n    """Anew."""\n    return f"{x} goes on", "retold"\n'
    )
    assert len(findings(texts_of_module(module, is_command=False))) == 1
    assert len(findings(texts_of_module(module, is_command=True))) == 2


def test_only_docstrings_of_rules_are_read(tmp_path):
    rules = tmp_path / "rules.smk"
    rules.write_text(
        'def f():\n    """Told to developers."""\n\n\n'
        'rule a:\n    """Told to users."""\n    input: []\n'
    )
    assert [text.line for text in texts_of_rules(rules)] == [6]
