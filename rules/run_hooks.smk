"""What is done before the first job of a run and after its last."""

import sys

from rules.partition_check import stop_without_partitions
from rules.failure_digest import failure_digest
from rules.resources.right_sizing import asked_and_used


onstart:
    if workflow.is_main_process and workflow.executor_plugin.name == "slurm":
        stop_without_partitions(workflow.dag.needrun_jobs(), sys.argv)


onsuccess:
    if workflow.is_main_process and workflow.executor_plugin.name == "slurm":
        print(asked_and_used(workflow.pathvars.apply("<benchmarks>")))


onerror:
    print(failure_digest(log, sys.argv))
