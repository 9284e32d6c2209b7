"""Peak memory of a stage on each of its nodes, as measured by the stage itself.

The file is beside Snakemake's benchmark table of the stage (``find_pairs.tsv``,
``find_pairs.memory.json``), which covers only the node on which the rule was started.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from readkin.errors import InputError
from readkin.formats.counts import write_json

SUFFIX = ".memory.json"


def write_memory_use(path: Path | None, peaks_mb: Sequence[float] | None) -> None:
    """Write the peak memory on each node, MiB; write nothing if an argument is None."""
    if path is not None and peaks_mb is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"peak_mb_by_node": [round(peak, 1) for peak in peaks_mb]})


def read_memory_use(benchmark: Path) -> list[float]:
    """Read the peak memory on each node, MiB, of the job of a benchmark table.

    Returns:
        The peaks; [] without a file.

    Raises:
        InputError: if the file has other content.
    """
    path = benchmark.with_suffix(SUFFIX)
    if not path.is_file():
        return []
    try:
        return [float(peak) for peak in json.loads(path.read_text())["peak_mb_by_node"]]
    except (json.JSONDecodeError, KeyError, TypeError, ValueError):
        what_to_do = "remove the file or run its stage again"
        raise InputError(path, "other content", "a stage's memory", what_to_do) from None
