"""The largest memory that a stage took on each of its nodes, as the stage itself measured it.

Snakemake's benchmark table of the stage lies beside it (``find_pairs.tsv``,
``find_pairs.memory.json``) and knows only the node on which the rule was started.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from readkin.errors import InputError
from readkin.formats.counts import write_json

SUFFIX = ".memory.json"


def write_memory_use(path: Path | None, peaks_mb: Sequence[float] | None) -> None:
    """Write the largest memory on each node, MiB; nothing where one of the two is None."""
    if path is not None and peaks_mb is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"peak_mb_by_node": [round(peak, 1) for peak in peaks_mb]})


def read_memory_use(benchmark: Path) -> list[float]:
    """The largest memory on each node, MiB, of the job of a benchmark table; [] where not told.

    Raises:
        InputError: if the file holds something else.
    """
    path = benchmark.with_suffix(SUFFIX)
    if not path.is_file():
        return []
    try:
        return [float(peak) for peak in json.loads(path.read_text())["peak_mb_by_node"]]
    except (json.JSONDecodeError, KeyError, TypeError, ValueError):
        raise InputError(
            path, "other content", "a stage's memory", "remove the file or run its stage again"
        ) from None
