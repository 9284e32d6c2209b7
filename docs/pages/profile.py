"""docs/profile.md: each key of the profiles for Slurm, its value, and the comment above as reason.

docs/ray.md has the same table of the sizes of `profiles/ray`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yte

from docs.pages.markdown import replace_block, table

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = "profile.v9+.yaml"
PARALLELCLUSTER, OTHER_SLURM, RAY = (
    REPOSITORY / "profiles" / name / FILE for name in ("parallelcluster", "slurm", "ray")
)
SIZES = "__variables__"
OF_RULES = ("default-resources", "set-threads", "set-resources")
_KEY = re.compile(r"^( *)([\w-]+):(?: +(.*))?$")


class ProfileKey(NamedTuple):
    """One key of a profile.

    Attributes:
        path: names from the top, as ("set-resources", "find_pairs", "nodes").
        why: the comment above it, or above the group of keys that it belongs to.
        source: the text after the colon.
    """

    path: tuple[str, ...]
    why: str
    source: str


def keys_of(text: str) -> Iterator[ProfileKey]:
    """Yield all keys of a profile that have a value, in file order."""
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
                yield ProfileKey(tuple(path), why, found[3])


def values_of(text: str) -> dict[tuple[str, ...], Any]:
    """Return the value of each key as Snakemake reads it, with variables replaced."""
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
    """Return the generated part of the page."""
    text = PARALLELCLUSTER.read_text(encoding="utf-8")
    keys, values = list(keys_of(text)), values_of(text)
    sizes = [key for key in keys if key.path[0] == SIZES]
    of_rules = [key for key in keys if key.path[0] in OF_RULES]
    others = [key for key in keys if key not in sizes and key not in of_rules]
    parts = [
        "## Sizes and queues: what to change first\n\nUnder `__variables__`.\n",
        _table(sizes, values, skip=1),
        "## How a run behaves\n",
        _table(others, values, skip=0),
        "## Resources of the rules\n\nMemory, run time and number of ranks follow from the size of "
        "the input (`rules/stages.py`); values in the profile override them.\n",
        _table(of_rules, values, skip=0),
        "## Differences of `profiles/slurm`\n\nFor Slurm clusters not created by AWS "
        "ParallelCluster: `snakemake --profile profiles/slurm`. All other values are the same.\n",
        _differences(text, OTHER_SLURM.read_text(encoding="utf-8")),
    ]
    return "\n".join(parts)


def sizes_of_ray() -> str:
    """Return the generated part of docs/ray.md."""
    text = RAY.read_text(encoding="utf-8")
    sizes = [key for key in keys_of(text) if key.path[0] == SIZES]
    return _table(sizes, values_of(text), skip=1)


def _table(keys: Sequence[ProfileKey], values: Mapping[tuple[str, ...], Any], skip: int) -> str:
    rows = [(_name(key.path[skip:]), _value(key, values), key.why) for key in keys]
    return table(("key", "value", "why"), rows)


def _name(path: Sequence[str]) -> str:
    return f"`{': '.join(path)}`"


def _value(key: ProfileKey, values: Mapping[tuple[str, ...], Any]) -> str:
    if key.source.startswith("*"):
        return "as for the rule above"
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
    return table(("key", "parallelcluster", "slurm", "why"), rows)


def updated(text: str) -> str:
    """Return the page with its tables updated."""
    return replace_block(text, "tables", f"\n{tables()}\n")


def updated_ray(text: str) -> str:
    """Return docs/ray.md with its table updated."""
    return replace_block(text, "sizes", f"\n{sizes_of_ray()}\n")
