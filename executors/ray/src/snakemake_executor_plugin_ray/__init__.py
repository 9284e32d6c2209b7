"""Snakemake executor for Ray: each job is a Ray task that runs the job's command on some node.

    snakemake --executor ray --jobs 100 [--ray-address auto] [--ray-slurm-host HOST]

With --ray-slurm-host, jobs with the resource slurm_partition are calls of an actor that runs them
on a Slurm cluster. Either way a job is an object reference of Ray, and ends when it is ready.

README.md describes use and design. Ray itself is imported when an executor is created: Snakemake
imports all plugins at each of its starts, and each job is one.
"""

import asyncio
import os
import re
import shlex
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.settings import CommonSettings, ExecutorSettingsBase

from snakemake_executor_plugin_ray import cluster, guard, job_on_node
from snakemake_executor_plugin_ray.request import Request, pairs, request_of, unmet
from snakemake_executor_plugin_ray.slurm import SlurmJobs, partition_of

SECONDS_BETWEEN_CHECKS = 0.2
SECONDS_BETWEEN_NODE_CHECKS = 5.0
SECONDS_TO_END = 15.0
NOT_FOR_JOBS = ("RAY_", "SLURM_")  # variables of the cluster, not of its jobs


@dataclass
class ExecutorSettings(ExecutorSettingsBase):
    """Options of the executor: ``--ray-<name>``."""

    # Snakemake derives options from Optional[...] only, not from `| None`.
    address: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={
            "help": "Ray cluster: auto (that of this machine) or HOST:PORT. "
            "Without it a Ray of its own is started on this machine for the run."
        },
    )
    custom_resources: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={
            "help": "Rule resources that are custom resources of Ray: NAME=NAME_IN_RAY[,...]. "
            "A rule resource ray_<name> is the custom resource <name> without this option."
        },
    )
    labels: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={
            "help": "Labels of the nodes on which jobs may run: NAME=VALUE[,...]; a value may "
            "also be !VALUE, in(A,B) or !in(A,B). The resource ray_labels of a rule replaces them."
        },
    )
    autoscaling: bool = field(
        default=False,
        metadata={"help": "Wait for nodes that an autoscaler adds instead of failing at once"},
    )
    lost_node_retries: int = field(
        default=3,
        metadata={
            "help": "How often a job is started again after its node or worker was lost. "
            "This does not count as one of Snakemake's retries.",
            "type": int,
        },
    )
    node_wait: int = field(
        default=300,
        metadata={
            "help": "Seconds that a waiting job waits for the return of the only nodes that can "
            "run it",
            "type": int,
        },
    )
    logdir: Path = field(
        default=Path(".snakemake/ray_logs"),
        metadata={"help": "Folder for the output of jobs, seen by all nodes", "type": Path},
    )
    keep_successful_logs: bool = field(
        default=False, metadata={"help": "Keep the output of jobs that succeeded, too"}
    )
    slurm_host: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={
            "help": "Head node of a Slurm cluster, as a destination of ssh: jobs with the resource "
            "slurm_partition run there, through the door that is installed on it"
        },
    )
    slurm_ssh: str = field(
        default="ssh",
        metadata={"help": "Program with options that connects to --ray-slurm-host"},
    )
    slurm_variables: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={"help": "Environment variables that jobs on Slurm get from here: NAME[,NAME...]"},
    )
    slurm_patience: int = field(
        default=600,
        metadata={
            "help": "Seconds for which a Slurm cluster that does not answer is asked again",
            "type": int,
        },
    )


common_settings = CommonSettings(
    non_local_exec=True,
    implies_no_shared_fs=False,
    job_deploy_sources=True,
    auto_deploy_default_storage_provider=False,
    pass_envvar_declarations_to_cmd=False,  # they travel with the task: `ps` cannot show them
)


class Executor(RemoteExecutor):
    """Submits jobs as Ray tasks and reports their ends."""

    slurm: SlurmJobs | None = None  # the thread that checks jobs starts before __post_init__

    def __post_init__(self) -> None:
        """Connect to Ray."""
        # Some workflows escape spaces here, as most executors do not quote it; Ray needs the path.
        sys.executable = sys.executable.replace("\\ ", " ")
        self.settings: Any = self.workflow.executor_settings
        self.next_seconds_between_status_checks = SECONDS_BETWEEN_CHECKS
        self.custom_names = pairs(self.settings.custom_resources, "--ray-custom-resources")
        self.labels = pairs(self.settings.labels, "--ray-labels")
        self.tasks: dict[str, Any] = {}
        self.without_node: dict[str, float] = {}
        self.next_node_check = 0.0
        self.guard = Path(guard.__file__).read_text()
        self.own_cpus = None if self.settings.address else self._cpus_of_own_ray()
        self.cores_of_job: Any = self.own_cpus or super().cores
        self.slurm = self._slurm_jobs()
        self.ray = cluster.connect(self.settings.address, self.own_cpus or 0)
        self.ray.cloudpickle.register_pickle_by_value(job_on_node)
        self.task = self.ray.remote(job_on_node.run)
        if self.slurm:
            self.slurm.connect(self.ray)

    def _cpus_of_own_ray(self) -> int:
        limit: int = self.workflow.resource_settings.cores or sys.maxsize
        return min(limit, cluster.granted_cpus()) if limit > 0 else cluster.granted_cpus()

    def _slurm_jobs(self) -> SlurmJobs | None:
        """Return the Slurm side of the run after a look at its door; None without one."""
        if not self.settings.slurm_host:
            return None
        slurm = SlurmJobs(self.settings)
        is_shared = self.workflow.storage_settings.assume_common_workdir
        slurm.check(self.dag.needrun_jobs(), is_shared)
        return slurm

    @property
    def cores(self) -> Any:
        """CPUs for the Snakemake of a job, which limits threads to them as a local run does."""
        return self.cores_of_job

    def get_python_executable(self) -> str:
        """Return the interpreter, quoted for the shell."""
        return shlex.quote(super().get_python_executable())

    def run_job(self, job: Any) -> None:
        """Submit a job."""
        log = self._log_of(job)
        log.unlink(missing_ok=True)
        if self.slurm and partition_of(job):
            self._run_on_slurm(self.slurm, job, log)
        else:
            self._run_on_ray(job, log)

    def _run_on_slurm(self, slurm: SlurmJobs, job: Any, log: Path) -> None:
        mine, self.cores_of_job = self.cores_of_job, "all"  # those of the Slurm job
        try:
            command = self.format_job_exec(job)
        finally:
            self.cores_of_job = mine
        self._report_submission(job, slurm.submit(job, command, self.envvars()), log, None)

    def _run_on_ray(self, job: Any, log: Path) -> None:
        request = self._request_of(job)
        if not self.settings.autoscaling and (sentence := unmet(request, self.ray.nodes())):
            self._report_failure(SubmittedJobInfo(job), sentence, None)
            return
        is_shared = self.workflow.storage_settings.assume_common_workdir
        reference = self.task.options(
            name=job.name if job.is_group() else f"{job.name} {job.jobid}",
            max_retries=self.settings.lost_node_retries,
            **request.options(),
        ).remote(
            self.guard,
            self.format_job_exec(job),
            str(Path.cwd()) if is_shared else None,
            self._environment(),
            str(log) if is_shared else None,
        )
        self._report_submission(job, reference, log, request)

    def _report_submission(
        self, job: Any, reference: Any, log: Path, request: Request | None
    ) -> None:
        number = reference.task_id().hex()
        self.tasks[number] = reference
        aux = {"reference": reference, "log": log, "request": request}
        self.report_job_submission(SubmittedJobInfo(job, number, aux))

    def _request_of(self, job: Any) -> Request:
        request = request_of(job, self.custom_names, self.labels)
        if self.own_cpus and request.cpus > self.own_cpus:
            return Request(**{**vars(request), "cpus": self.own_cpus})
        return request

    def _log_of(self, job: Any) -> Path:
        wildcards = [] if job.is_group() else job.wildcards_dict.values()
        words = re.sub(r"[^\w.=-]+", "_", "_".join([*wildcards, str(job.jobid)]))
        folder: Path = self.settings.logdir.absolute() / job.name
        return folder / f"{words[-100:]}.attempt{job.attempt}.log"

    def _environment(self) -> dict[str, str]:
        """Return the variables of a job: Snakemake's, not those of the Ray worker."""
        mine = {k: v for k, v in os.environ.items() if not k.startswith(NOT_FOR_JOBS)}
        return mine | dict(self.envvars())

    async def check_active_jobs(
        self, active_jobs: list[SubmittedJobInfo]
    ) -> AsyncIterator[SubmittedJobInfo]:
        """Report the jobs that have ended; yield the others."""
        ended = await asyncio.to_thread(self._ended, active_jobs)
        if self.slurm:
            for line in await asyncio.to_thread(self.slurm.news):
                self.logger.info(line)
        remaining = [info for info in active_jobs if info.external_jobid not in ended]
        for info in active_jobs:
            if info.external_jobid in ended:
                self._report_end(info)
        hopeless = await asyncio.to_thread(self._hopeless, remaining)
        for info in remaining:
            if sentence := hopeless.get(str(info.external_jobid)):
                self.ray.cancel(self._aux(info)["reference"])
                self._report_failure(info, sentence, None)
            else:
                yield info

    def _ended(self, infos: list[SubmittedJobInfo]) -> set[str]:
        references = [self._aux(info)["reference"] for info in infos]
        if not references:
            return set()
        ready, _ = self.ray.wait(
            references, num_returns=len(references), timeout=0, fetch_local=False
        )
        return {reference.task_id().hex() for reference in ready}

    def _hopeless(self, infos: list[SubmittedJobInfo]) -> dict[str, str]:
        """Return a sentence for each job that waits for nodes that have been lost for long."""
        now = time.monotonic()
        if self.settings.autoscaling or not infos or now < self.next_node_check:
            return {}
        self.next_node_check = now + SECONDS_BETWEEN_NODE_CHECKS
        nodes, found = self.ray.nodes(), {}
        for info in infos:
            number, request = str(info.external_jobid), self._aux(info)["request"]
            sentence = unmet(request, nodes) if request else None  # None: on Slurm
            if sentence is None:
                self.without_node.pop(number, None)
            elif now - self.without_node.setdefault(number, now) >= self.settings.node_wait:
                found[number] = sentence
        return found

    def _report_end(self, info: SubmittedJobInfo) -> None:
        log = self._aux(info)["log"]
        failure = self._failure_of(info)
        if failure is not None:
            self._report_failure(info, failure, log)
            return
        if not self.settings.keep_successful_logs:
            log.unlink(missing_ok=True)
        self.tasks.pop(str(info.external_jobid), None)
        self.report_job_success(info)

    def _report_failure(self, info: SubmittedJobInfo, sentence: str, log: Path | None) -> None:
        self.tasks.pop(str(info.external_jobid), None)
        if info.job.is_group():  # Snakemake does not print the message of a group
            self.logger.error(f"Group {info.job.groupid}: {sentence}")
        logs = [str(log)] if log is not None and log.exists() else []
        self.report_job_error(info, msg=f"{sentence} ", aux_logs=logs)

    def _failure_of(self, info: SubmittedJobInfo) -> str | None:
        """Return why an ended job failed, as a sentence; None if it succeeded."""
        errors = self.ray.exceptions
        try:
            result = self.ray.get(self._aux(info)["reference"])
        except errors.OutOfMemoryError:
            return "Ray ended the job because its node ran out of memory."
        except errors.NodeDiedError:
            return "The node of the job was lost, more often than --ray-lost-node-retries."
        except errors.WorkerCrashedError:
            return "The Ray worker of the job died, more often than --ray-lost-node-retries."
        except errors.TaskCancelledError:
            return "The job was cancelled."
        except errors.RayTaskError as error:
            return f"The job could not be started: {error.cause}."
        except errors.RayError as error:
            return f"Ray could not run the job: {str(error).strip().splitlines()[0]}"
        if self.slurm and isinstance(result, dict):
            return self.slurm.failure_of(result, self._aux(info)["log"])
        code, host, last_lines = result
        if code == 0:
            return None
        tail = f" Its last lines:\n{last_lines}" if last_lines else ""
        return f"The job ended with exit code {code} on {host}.{tail}"

    @staticmethod
    def _aux(info: SubmittedJobInfo) -> dict[str, Any]:
        assert info.aux is not None
        return info.aux

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        """Cancel all jobs: while their states are read, Snakemake's list is empty."""
        references = list(self.tasks.values())
        if self.slurm:
            self.slurm.cancel()
        for reference in references:
            self.ray.cancel(reference)
        if references:
            self.ray.wait(references, num_returns=len(references), timeout=SECONDS_TO_END)

    def shutdown(self) -> None:
        """Disconnect from Ray, or end an own one."""
        super().shutdown()
        self.ray.shutdown()
