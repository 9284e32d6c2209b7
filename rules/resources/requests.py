"""Resource requests of the rules: the resource model of a stage with the values of the profile."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from readkin.parallel.launch import LOCAL_LAUNCHER
from rules.resources.model import even_ranks, megabytes
from rules.stages import STAGES

SUGGESTED = re.compile(r"(\d+) \* attempt")  # as right_size.py writes it


class ResourceRequest(NamedTuple):
    """The largest job of a rule; the fields are the words of check's option ``--request``.

    Attributes:
        rule: name of the rule.
        partitions: Slurm partitions, separated by commas; "" for the default partition.
        nodes: number of nodes.
        cpus: CPUs on each node.
        memory_mb: megabytes on each node.
        minutes: run time.
    """

    rule: str
    partitions: str
    nodes: int
    cpus: int
    memory_mb: int
    minutes: int


def resource_functions(
    workflow: Any, name: str, object_mb: Callable[[Any], float] = lambda wildcards: 0
) -> dict[str, str | Callable[..., int | str]]:
    """Return the ``resources:`` of a stage's rule.

    Args:
        workflow: Snakemake's (9.27); the functions read the profile's values from it when they
            are called.
        name: name of the stage.
        object_mb: takes the wildcards of a job; returns the size of the objects in S3 that it
            reads in addition to its input files.

    Returns:
        Values by resource: ``mem_mb`` and ``runtime``; for an MPI stage also ``tasks`` (ranks),
        ``slurm_extra`` and ``mpi`` (the launcher).
    """
    model = STAGES[name].resources

    def workers(input_mb: float, threads: int) -> tuple[int, int]:
        return _workers(name, workflow.get_rule(name).resources, input_mb, threads)

    def mem_mb(wildcards: Any, input: Any, threads: int, attempt: int) -> int:
        input_mb = megabytes(input) + object_mb(wildcards)
        number, nodes = workers(input_mb, threads)
        return model.memory_mb(input_mb, -(-number // nodes), attempt)

    def runtime(wildcards: Any, input: Any, threads: int, attempt: int) -> int:
        input_mb = megabytes(input) + object_mb(wildcards)
        return model.runtime_minutes(input_mb, workers(input_mb, threads)[0], attempt)

    def tasks(wildcards: Any, input: Any, threads: int) -> int:
        return workers(megabytes(input), threads)[0]

    def slurm_extra(wildcards: Any, input: Any, threads: int) -> str:
        return even_ranks(*workers(megabytes(input), threads))

    functions: dict[str, str | Callable[..., int | str]] = {"mem_mb": mem_mb, "runtime": runtime}
    if model.is_mpi:
        functions |= {"tasks": tasks, "slurm_extra": slurm_extra, "mpi": LOCAL_LAUNCHER}
    return functions


def largest_requests(workflow: Any, fastq_mb: float) -> Iterator[ResourceRequest]:
    """Yield the request of the largest first attempt of each stage that is submitted.

    The sizes of inputs that do not exist yet are estimated from the FASTQ files.

    Args:
        workflow: Snakemake's (9.27), after the rules were read.
        fastq_mb: size of all FASTQ files, in megabytes.
    """
    for rule in workflow.rules:
        if rule.name in STAGES and not workflow.is_local(rule):
            yield _largest_request(rule.name, rule.resources, fastq_mb)


def _largest_request(name: str, resources: Any, fastq_mb: float) -> ResourceRequest:
    model = STAGES[name].resources
    input_mb = fastq_mb * model.input_per_fastq
    threads = _whole_number(resources, "_cores") or model.threads(input_mb)
    workers, nodes = _workers(name, resources, input_mb, threads)
    cpus = workers // nodes
    partitions = resources.get("slurm_partition").raw
    return ResourceRequest(
        rule=name,
        partitions=partitions if isinstance(partitions, str) and partitions != "None" else "",
        nodes=nodes,
        cpus=cpus,
        memory_mb=_whole_number(resources, "mem_mb") or model.memory_mb(input_mb, cpus, 1),
        minutes=_whole_number(resources, "runtime") or model.runtime_minutes(input_mb, workers, 1),
    )


def _workers(name: str, resources: Any, input_mb: float, threads: int) -> tuple[int, int]:
    """Return the MPI ranks or threads of a job, and the number of nodes that they run on.

    Where the profile sets no ``max_tasks``, as in a local run, an MPI stage has as many ranks as
    threads.
    """
    nodes = _whole_number(resources, "nodes") or 1
    if max_ranks := _whole_number(resources, "max_tasks"):
        return STAGES[name].resources.ranks(input_mb, nodes, max_ranks), nodes
    return threads * nodes, nodes


def _whole_number(resources: Any, name: str) -> int:
    """Return a number set by the rule, the profile or a block of right_size.py; 0 if none."""
    raw = resources.get(name).raw
    if isinstance(raw, str) and (suggested := SUGGESTED.fullmatch(raw)):
        return int(suggested[1])
    return raw if isinstance(raw, int) else 0
