"""Jobs of Snakemake that run on a Slurm cluster through the bridge.

A job has a key, the name of its work, and a digest of what its output depends on: a restarted
Snakemake finds the job of an earlier one by its key, and adopts it only with the same digest.
"""

import asyncio
import hashlib
import os
import re
import shlex
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_ray import bridge

PARTITION = "slurm_partition"
KEY_VARIABLE = "SNAKEMAKE_RAY_SLURM_KEY"
OPTIONS = {
    PARTITION: "partition",
    "slurm_account": "account",
    "constraint": "constraint",
    "qos": "qos",
    "runtime": "time",
    "nodes": "nodes",
    "tasks": "ntasks",
    "tasks_per_node": "ntasks-per-node",
    "gres": "gres",
    "gpu": "gpus",
}
EXTRA = "slurm_extra"


SECONDS_BETWEEN_NEWS = 1.0
SECONDS_TO_CANCEL = 20.0


class SlurmJobs:
    """The Slurm cluster of a run: its door, and the actor that asks it.

    Args:
        settings: of the executor; those named ``slurm_...`` are used.
    """

    def __init__(self, settings: Any) -> None:
        self._host: str = settings.slurm_host
        try:
            self._command = bridge.ssh_command(self._host, settings.slurm_ssh)
        except (bridge.BridgeError, ValueError) as error:
            raise WorkflowError(f"--ray-slurm-host, --ray-slurm-ssh: {error}") from error
        self._patience = float(settings.slurm_patience)
        self._variables = (settings.slurm_variables or "").split(",")
        self._keys: list[str] = []
        self._next_news = 0.0
        self._news: Any = None

    def check(self, jobs: Iterable[Any], has_common_folder: bool) -> None:
        """Ask the door, so that a mistake is reported before anything starts.

        Args:
            jobs: those that will run.
            has_common_folder: whether the jobs share the working directory.

        Raises:
            WorkflowError: no answer, or the cluster has not the partitions of the jobs.
        """
        requested: dict[str, set[str]] = {}
        for job in jobs:
            for name in partition_of(job).split(","):
                requested.setdefault(name.strip(), set()).add(job.rule.name)
        requested.pop("", None)
        if not requested:
            return
        if not has_common_folder:
            raise WorkflowError(
                "--ray-slurm-host: found no shared file system (--shared-fs-usage), "
                "expected one that Ray's nodes and Slurm's share"
            )
        try:
            hello = asyncio.run(bridge.ask(self._command, self._host, "hello"))
        except (bridge.BridgeError, bridge.AwayError, OSError) as error:
            raise WorkflowError(f"--ray-slurm-host {self._host}: {error}") from error
        available = hello["partitions"]
        if missing := sorted(set(requested) - set(available)):
            rules = sorted({rule for name in missing for rule in requested[name]})
            raise WorkflowError(
                f"slurm_partition of {', '.join(rules)}: found {', '.join(missing)}, expected "
                f"partitions of {self._host}: {', '.join(available)}"
            )

    def connect(self, ray: Any) -> None:
        """Start the actor, on this node: ssh is set up here."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._ray = ray
        ray.cloudpickle.register_pickle_by_value(bridge)
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        self.actor = (
            ray.remote(bridge.Bridge)
            .options(
                num_cpus=0,
                max_concurrency=10_000,
                max_restarts=-1,
                max_task_retries=-1,
                scheduling_strategy=here,
            )
            .remote(self._command, self._host, self._patience)
        )

    def submit(self, job: Any, command: str, declared: Mapping[str, str]) -> Any:
        """Submit a job; return the reference of its end.

        Args:
            job: Snakemake's job or group job.
            command: for Bash.
            declared: environment variables that the workflow declares.
        """
        named = {name: os.environ[name] for name in self._variables if name in os.environ}
        submission = submission_of(job, command, {**named, **declared})
        self._keys.append(submission["key"])
        return self.actor.run.remote(submission)

    def news(self) -> Sequence[str]:
        """Return what the actor reports, without waiting for it."""
        now = time.monotonic()
        if self._news is None:
            if not self._keys or now < self._next_news:
                return ()
            self._news = self.actor.news.remote()
        if not self._ray.wait([self._news], timeout=0)[0]:
            return ()
        reference, self._news = self._news, None
        self._next_news = now + SECONDS_BETWEEN_NEWS
        try:
            found: list[str] = self._ray.get(reference)
        except self._ray.exceptions.RayError:
            return ()
        return found

    def cancel(self) -> None:
        """Cancel all jobs, and wait until Slurm has been asked."""
        if self._keys:
            self._ray.wait([self.actor.cancel.remote(self._keys)], timeout=SECONDS_TO_CANCEL)

    def failure_of(self, end: Mapping[str, Any], log: Path) -> str | None:
        """Return why a job failed, as a sentence; None if it succeeded. Write its output to a log.

        Args:
            end: what the actor returned.
            log: file for the last lines of the output.
        """
        if problem := end.get("problem"):
            return f"The job could not run on Slurm: {problem}."
        job = f"Slurm job {end['job']} on {self._host}"
        if lines := end.get("lines"):
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(f"Last lines of {job}:\n{lines}")
        state, code = end["state"], end["exit"]
        if state == "COMPLETED":
            return None
        if state == "LOST":
            return f"{job} is unknown to Slurm and has left no exit code."
        if state == "FAILED" and code:
            return f"{job} ended with exit code {code}."
        return f"{job} ended as {state}."


def partition_of(job: Any) -> str:
    """Return the partition that a job requests; "" for a job of Ray."""
    return _text(job.resources.get(PARTITION))


def submission_of(job: Any, command: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of the door's question ``submit``.

    Args:
        job: Snakemake's job or group job.
        command: for Bash.
        variables: environment variables of the command.
    """
    folder = str(Path.cwd().resolve())
    key = key_of(job, folder)
    exports = {**variables, KEY_VARIABLE: key}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in exports.items()]
    return {
        "key": key,
        "asked": uuid.uuid4().hex,
        "digest": digest_of(job),
        "folder": folder,
        "options": options_of(job),
        "script": "\n".join([*lines, command]),
    }


def options_of(job: Any) -> list[str]:
    """Return the options of sbatch for a job's resources.

    ``threads`` are CPUs of each task unless there are ``cpus_per_task``; ``slurm_extra`` has
    further options.
    """
    given = {name: _text(job.resources.get(name)) for name in OPTIONS}
    options = [f"--{OPTIONS[name]}={value}" for name, value in given.items() if value]
    options.append(f"--cpus-per-task={_text(job.resources.get('cpus_per_task')) or job.threads}")
    if per_cpu := _text(job.resources.get("mem_mb_per_cpu")):
        options.append(f"--mem-per-cpu={per_cpu}")
    elif memory := _text(job.resources.get("mem_mb")):
        options.append(f"--mem={memory}")
    if not (given["tasks"] or given["tasks_per_node"]):
        options.append("--ntasks=1")
    # Slurm starts a job again when it loses a node of it.
    return [*options, "--requeue", *_extra(_text(job.resources.get(EXTRA)))]


def _extra(text: str) -> Iterator[str]:
    """Yield ``--name value`` as ``--name=value``."""
    words = shlex.split(text)
    while words:
        word = words.pop(0)
        if "=" not in word and words and not words[0].startswith("-"):
            word += f"={words.pop(0)}"
        yield word


def _text(value: Any) -> str:
    """Return a resource as text; a profile can set it to null."""
    return "" if value in (None, "None") else str(value)


def key_of(job: Any, folder: str) -> str:
    """Return the name of a job's work: the same as long as it makes the same files."""
    made = {str(path) for one in _single_jobs(job) for path in one.output}
    values = {f"{k}={v}" for one in _single_jobs(job) for k, v in one.wildcards_dict.items()}
    text = "\0".join([folder, job.name, *sorted(values), *sorted(made)])
    name = re.sub(r"[^A-Za-z0-9._-]", "_", job.name)[:60]
    return f"snakemake-{name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def digest_of(job: Any) -> str:
    """Return a checksum of what a job's output depends on: command, parameters, code, inputs."""
    digest = hashlib.sha256()
    for one in _single_jobs(job):
        rule = one.rule
        code = (one.shellcmd, rule.run_func_src, rule.script, rule.notebook, rule.wrapper)
        digest.update(repr((one.name, *map(str, code), list(one.params.items()))).encode())
        for path in one.input:
            digest.update(f"\0{path}\0{_state_of(Path(path))}".encode())
    return digest.hexdigest()


def _single_jobs(job: Any) -> Iterable[Any]:
    return sorted(job.jobs, key=lambda one: one.jobid) if job.is_group() else [job]


def _state_of(path: Path) -> str:
    try:
        state = path.stat()
    except OSError:
        return ""
    return f"{state.st_size} {state.st_mtime_ns}"
