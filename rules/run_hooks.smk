"""Actions before the first job of a run and after its last one."""

from contextlib import suppress

from rules.object_records import stop_without_objects
from rules.partition_check import stop_without_partitions
from rules.run_summary import failure_summary, read_failures, resource_summary, write_failures
from rules.scheduling import bound_selection
from rules.slurm_guard.claims import forget_claims
from rules.submission_check import stop_before_submission

failed_jobs = Path(workflow.pathvars.apply("<logs>/failed_jobs.tsv"))


onstart:
    bound_selection(workflow.scheduler)
    if workflow.is_main_process:
        failed_jobs.unlink(missing_ok=True)
        stop_without_objects(settings, objects_file, run_identity)
        if workflow.executor_plugin.name == "slurm":
            stop_before_submission(workflow, settings)
            stop_without_partitions(workflow.dag.needrun_jobs(), command.profile)
        elif workflow.executor_plugin.name == "ray":
            forget_claims(job_records)


onsuccess:
    if workflow.is_main_process and workflow.executor_plugin.name in ("slurm", "ray"):
        print(resource_summary(workflow.pathvars.apply("<benchmarks>")))


onerror:
    failures = read_failures(log)
    print(failure_summary(failures, command, len(units)))
    if workflow.is_main_process and failures:
        with suppress(OSError):  # the disk may be full
            write_failures(failures, failed_jobs)
            print(f"table of the failed jobs: {failed_jobs}")
