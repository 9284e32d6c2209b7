"""Slurm as the commands see it: answers of its programs, and the job that this process runs in."""

import os
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from readkin.errors import InputError, UsageError
from readkin.parallel.launch import Answer, run_program

SECONDS_TO_ANSWER = 20.0
TRIES, SECONDS_BETWEEN_TRIES = 30, 10.0


class SlurmAnswerError(InputError):
    """A program of Slurm keeps failing or does not answer."""

    is_retryable = True


class WrongNodesError(UsageError):
    """This process runs in no Slurm job, or in one with another number of nodes."""


class Job(NamedTuple):
    """The Slurm job of this process.

    Attributes:
        id: as squeue shows it.
        others: names of all nodes but this one.
    """

    id: str
    others: Sequence[str]


def ask_slurm(
    program: str,
    *arguments: str,
    seconds: float = SECONDS_TO_ANSWER,
    environment: Mapping[str, str] | None = None,
) -> Answer:
    """Run a program of Slurm once and return its answer.

    Args:
        program: name, such as ``squeue``.
        arguments: its arguments.
        seconds: time limit.
        environment: its variables; None for those of this process.
    """
    return run_program([program, *arguments], seconds, environment)


def answer_of_slurm(program: str, *arguments: str) -> str:
    """Return the standard output of a Slurm program; try again while slurmctld is unavailable.

    Raises:
        SlurmAnswerError: if all tries fail.
    """
    for _ in range(TRIES):
        answer = ask_slurm(program, *arguments)
        if answer.is_success:
            return answer.out.strip()
        time.sleep(SECONDS_BETWEEN_TRIES)
    raise SlurmAnswerError(
        program,
        f"no answer in {TRIES} tries ({answer.text})",
        "an answer of Slurm",
        f"make `{program}` work on this node, and run this again",
    )


def this_job(nodes: int) -> Job:
    """Return the Slurm job that this process runs in.

    Slurm's variables would contain the nodes, but Snakemake's plugin removes most of them.

    Args:
        nodes: expected number of nodes.

    Raises:
        WrongNodesError: if there is no job, or it has another number of nodes.
        SlurmAnswerError: if Slurm does not answer.
    """
    job, here = os.environ.get("SLURM_JOB_ID"), os.environ.get("SLURMD_NODENAME")
    if job is None or here is None:
        expected = f"a Slurm job of {nodes} nodes"
        raise WrongNodesError("--nodes", "no Slurm job", expected, "use --nodes 1")
    node_list = answer_of_slurm("squeue", "--noheader", f"--jobs={job}", "--format=%N")
    names = answer_of_slurm("scontrol", "show", "hostnames", node_list).split()
    if len(names) != nodes or here not in names:
        raise WrongNodesError(
            "--nodes",
            f"Slurm job {job} on {len(names)} nodes ({node_list})",
            str(nodes),
            "`nodes` and `tasks` of embed_reads in the profile must be the same number",
        )
    return Job(job, [name for name in names if name != here])
