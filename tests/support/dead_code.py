"""Code that nothing uses, by vulture: ``python tests/support/dead_code.py``, part of `make lint`.

Vulture reads Python only; what rules and page templates use is found as words in them.
"""

import re
import sys
from pathlib import Path

from vulture import Vulture

REPOSITORY = Path(__file__).resolve().parents[2]
CODE = ["workflow_scripts", "rules", "docs", "cluster", "executors/ray/src"]
USED_IN = ["Snakefile", "rules/*.smk", "workflow_scripts/readkin/report/template/*"]
# Called by Numba, mpi4py, argparse, pysam and such by name, or part of what notebooks may use.
USED_BY_LIBRARIES = [
    # Numba
    "KernelLocator",
    "from_function",
    "get_cache_path",
    "typing_context",
    # NumPy, pysam and context managers
    "*reference_id",
    "*reference_start",
    "cigartuples",
    "mapping_quality",
    "template_length",
    "trace",
    "writeable",
    # io
    "seekable",
    # Snakemake
    "Executor",
    "ExecutorSettings",
    "common_settings",
    "next_seconds_between_status_checks",
    "run_job",
    "check_active_jobs",
    "cancel_jobs",
    "_job_selector",
    "_schedule_reevalutation",
    # fields that are read by name, or that a range enumerates
    "ARRIVED_BY",
    "REMAINING_SCORE",
    "query_index",
    "target_index",
]
DECORATORS = ["@intrinsic*", "@overload*", "@register*", "@typeof*", "@unbox*", "@box*", "@lower*"]


def main() -> int:
    """Print what seems unused; return 1 if there is any."""
    vulture = Vulture(ignore_names=USED_BY_LIBRARIES, ignore_decorators=DECORATORS)
    vulture.scavenge([str(REPOSITORY / folder) for folder in CODE])
    words = {
        word
        for pattern in USED_IN
        for file in REPOSITORY.glob(pattern)
        for word in re.findall(r"\w+", file.read_text())
    }
    unused = [item for item in vulture.get_unused_code() if item.name not in words]
    for item in unused:
        place = item.filename.relative_to(REPOSITORY)
        sys.stdout.write(f"{place}:{item.first_lineno}: nothing uses {item.typ} {item.name}\n")
    return 1 if unused else 0


if __name__ == "__main__":
    sys.exit(main())
