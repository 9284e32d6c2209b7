# readkin: which reads are kin? See README.md; settings: config/config.yaml; one rule per stage.
from pathlib import Path

from rules.settings.settings import exit_if_unreadable, exit_if_unsupported
from rules.stages import STAGES
from snakemake.utils import min_version

min_version("9.27")
exit_if_unsupported(Path(workflow.basedir), "Snakefile", "move or rename the clone")
exit_if_unreadable("config/config.yaml")


configfile: "config/config.yaml"


pathvars:
    work="work",


include: "rules/common.smk"
include: "rules/lists.smk"


for stage in STAGES:

    include: f"rules/{stage}.smk"


include: "rules/objects.smk"
include: "rules/compile_kernels.smk"
include: "rules/check.smk"
include: "rules/stage_targets.smk"
include: "rules/run_hooks.smk"


localrules:
    all,


rule all:
    """Everything: report, clusters, pieces, alignments (the default)."""
    default_target: True
    input:
        RESULTS,
        branch(config["results_uri"], then=PUBLICATION, otherwise=[]),
        # On a cluster the stages compile for the processors of its nodes.
        branch(command.profile, then=[], otherwise=expand(COMPILED_KERNELS, kernels=KERNELS)),
