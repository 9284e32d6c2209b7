"""Write docs/profile.md from the profiles: each key, its value, and the comment above it as why.

``python -m rules.profile_docs`` says whether the page is in step (exit code 1 if not);
``python -m rules.profile_docs --fix`` rewrites it.
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yte

from rules.generated_page import compare_or_fix

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs" / "profile.md"
FILE = "profile.v9+.yaml"
OF_PARALLELCLUSTER, OF_OTHERS = (
    REPOSITORY / "profiles" / name / FILE for name in ("parallelcluster", "slurm")
)
SIZES = "__variables__"
OF_RULES = ("default-resources", "set-threads", "set-resources")
_KEY = re.compile(r"^( *)([\w-]+):(?: +(.*))?$")
_TOP, _BOTTOM = "<!-- begin tables: `make docs` writes them -->\n", "<!-- end tables -->"


class Key(NamedTuple):
    """One key of a profile.

    Attributes:
        path: names from the top, as ("set-resources", "find_pairs", "nodes").
        why: the comment above it, or above a key before it that it stands together with.
        source: what stands behind the colon.
    """

    path: tuple[str, ...]
    why: str
    source: str


def keys_of(text: str) -> Iterator[Key]:
    """All keys of a profile that have a value, in their order."""
    comment: list[str] = []
    why, path = "", [""]
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#"):
            comment.append(stripped[1:].strip())
        elif not stripped:
            comment, why = [], ""
        elif found := _KEY.match(line):
            depth = len(found[1]) // 2
            if comment or depth + 1 != len(path):
                why = " ".join(comment)
            comment, path = [], [*path[:depth], found[2]]
            if found[3] and not found[3].startswith("&") and found[2] != "__use_yte__":
                yield Key(tuple(path), why, found[3])


def values_of(text: str) -> dict[tuple[str, ...], Any]:
    """Value of each key as Snakemake gets it, variables filled in."""
    filled = yte.process_yaml(text, require_use_yte=True)
    variables = re.search(rf"^{SIZES}:\n((?:  .*\n)+)", text, re.MULTILINE)
    assert variables is not None
    sizes = yte.process_yaml("__use_yte__: true\n" + re.sub("(?m)^  ", "", variables[1]))
    return dict(_leaves({SIZES: sizes} | filled))


def _leaves(tree: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[Any]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, name))
            if above:
                yield (*above, name), value
        else:
            yield (*above, name), value


def tables() -> str:
    """The generated part of the page."""
    text = OF_PARALLELCLUSTER.read_text(encoding="utf-8")
    keys, values = list(keys_of(text)), values_of(text)
    sizes = [key for key in keys if key.path[0] == SIZES]
    of_rules = [key for key in keys if key.path[0] in OF_RULES]
    others = [key for key in keys if key not in sizes and key not in of_rules]
    parts = [
        "## Sizes and queues: what to change first\n\nUnder `__variables__`.\n",
        _table(sizes, values, skip=1),
        "## How a run behaves\n",
        _table(others, values, skip=0),
        "## What rules ask for\n\nMemory, time and number of ranks follow the input's size "
        "(`rules/resources/model.py`); what stands here goes before that.\n",
        _table(of_rules, values, skip=0),
        "## What `profiles/slurm` has instead\n\nFor Slurm clusters that AWS ParallelCluster has "
        "not made: `snakemake --profile profiles/slurm`. All other values are the same.\n",
        _differences(text, OF_OTHERS.read_text(encoding="utf-8")),
    ]
    return "\n".join(parts)


def _table(keys: Sequence[Key], values: Mapping[tuple[str, ...], Any], skip: int) -> str:
    rows = [(_name(key.path[skip:]), _value(key, values), key.why) for key in keys]
    return _lines(("key", "value", "why"), rows)


def _name(path: Sequence[str]) -> str:
    return f"`{': '.join(path)}`"


def _value(key: Key, values: Mapping[tuple[str, ...], Any]) -> str:
    if key.source.startswith("*"):
        return "all of the rule above"
    return _in_yaml(values[key.path])


def _in_yaml(value: object) -> str:
    if value is None:
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _differences(text: str, other: str) -> str:
    values, others = values_of(text), values_of(other)
    why = {key.path: key.why for key in keys_of(other)}
    rows = [
        (
            _name(path[1:] if path[0] == SIZES else path),
            _in_yaml(value),
            _in_yaml(others[path]),
            why[path],
        )
        for path, value in values.items()
        if path in why and others[path] != value and (path[0] == SIZES or path[0] not in OF_RULES)
    ]
    return _lines(("key", "parallelcluster", "slurm", "why"), rows)


def _lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def in_step(page: str) -> str:
    """The page with its tables made anew."""
    before, _, rest = page.partition(_TOP)
    _, _, after = rest.partition(_BOTTOM)
    return f"{before}{_TOP}\n{tables()}\n{_BOTTOM}{after}"


def main(argv: Sequence[str] | None = None, page: Path = PAGE) -> int:
    """Compare the page with what it should be, or with --fix rewrite it; the exit code."""
    return compare_or_fix(page, in_step, argv, "rules.profile_docs", __doc__)


if __name__ == "__main__":
    sys.exit(main())
