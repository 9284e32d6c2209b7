"""What the jobs of a run will ask for, before their inputs are there: for `check`.

Sizes of later inputs are estimated from the FASTQ files.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from rules.resources.model import NEEDS, memory_mb, runtime_minutes, tasks_to_start

# Input of a stage per byte of FASTQ.gz, as on the demo; other stages read about as much as that.
INPUT_PER_FASTQ = {"find_pairs": 4, "align_pairs": 6, "cluster_reads": 0.5, "write_report": 6}
FITTED = re.compile(r"(\d+) \* attempt")  # as right_size.py writes it


class Expected(NamedTuple):
    """The largest job of a rule, in the order of check's ``--request``."""

    rule: str
    partitions: str
    nodes: int
    cpus: int
    memory_mb: int
    minutes: int


def expected_jobs(workflow: Any, fastq_mb: float) -> Iterator[Expected]:
    """The largest first attempt of each rule that is submitted and knows its needs.

    Args:
        workflow: Snakemake's (9.27), after the rules were read.
        fastq_mb: size of all FASTQ files.
    """
    for rule in workflow.rules:
        if rule.name in NEEDS and not workflow.is_local(rule):
            yield expected_job(rule.name, rule.resources, fastq_mb)


def expected_job(stage: str, resources: Any, fastq_mb: float) -> Expected:
    """The largest first attempt of a stage with the resources of its rule and of the profile."""
    input_mb = fastq_mb * INPUT_PER_FASTQ.get(stage, 1)
    threads, nodes = _whole(resources, "_cores") or 1, _whole(resources, "nodes") or 1
    if most := _whole(resources, "max_tasks"):
        cpus = threads * tasks_to_start(stage, input_mb, nodes, most) // nodes
    else:
        cpus = threads
    partitions = resources.get("slurm_partition").raw
    return Expected(
        stage,
        partitions if isinstance(partitions, str) and partitions != "None" else "",
        nodes,
        cpus,
        _whole(resources, "mem_mb") or memory_mb(stage, input_mb, cpus, 1),
        _whole(resources, "runtime") or runtime_minutes(stage, input_mb, cpus * nodes, 1),
    )


def _whole(resources: Any, name: str) -> int:
    """A number that rule or profile give, or that a block of right_size.py gives; 0 if none."""
    raw = resources.get(name).raw
    if isinstance(raw, str) and (fitted := FITTED.fullmatch(raw)):
        return int(fitted[1])
    return raw if isinstance(raw, int) else 0
