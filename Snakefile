# readkin: which reads are kin? See README.md; settings: config/config.yaml; one rule per stage.
from pathlib import Path

from rules.settings.settings import exit_if_unreadable, exit_if_unsupported_clone
from rules.stages import STAGES
from snakemake.utils import min_version

min_version("9.27")
exit_if_unsupported_clone(Path(workflow.basedir))
exit_if_unreadable("config/config.yaml")


configfile: "config/config.yaml"


pathvars:
    work="work",


include: "rules/common.smk"
include: "rules/lists.smk"


for stage in STAGES:

    include: f"rules/{stage}.smk"


include: "rules/check.smk"
include: "rules/stage_targets.smk"
include: "rules/run_hooks.smk"


localrules:
    all,


rule all:
    """Everything: report, clusters, pieces, alignments (the default)."""
    default_target: True
    input:
        "<results>/report.html",
        "<results>/alignments.parquet",
        "<results>/clusters.tsv",
        "<results>/pieces.fasta.gz",
        branch(config["reference"], then=of_all_units(ALIGNED_BAM), otherwise=[]),
        branch(config["align"]["paf"], then=ALIGNMENTS_AS_PAF, otherwise=[]),
        branch(config["cluster"]["export"], then=EXPORTED_CLUSTERS, otherwise=[]),
        branch(config["cluster"]["assemble"], then=ASSEMBLIES, otherwise=[]),
        branch(config["cluster"]["graph"], then=CLUSTER_GRAPH, otherwise=[]),
        branch(config["cluster"]["names"], then=CLUSTER_NAMES, otherwise=[]),
        branch(config["search"]["query"], then=SEARCH_RESULTS, otherwise=[]),
