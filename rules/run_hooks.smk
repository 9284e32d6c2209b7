"""Actions before the first job of a run and after its last one."""

from rules.partition_check import stop_without_partitions
from rules.run_summary import failure_summary, resource_summary
from rules.scheduling import bound_selection
from rules.submission_check import stop_with_changed_values


onstart:
    bound_selection(workflow.scheduler)
    if workflow.is_main_process and workflow.executor_plugin.name == "slurm":
        stop_with_changed_values(workflow, settings)
        stop_without_partitions(workflow.dag.needrun_jobs(), command.profile)


onsuccess:
    if workflow.is_main_process and workflow.executor_plugin.name == "slurm":
        print(resource_summary(workflow.pathvars.apply("<benchmarks>")))


onerror:
    print(failure_summary(log, command))
