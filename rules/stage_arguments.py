"""Settings and units as command-line arguments of the stages."""

import shlex
from collections.abc import Mapping
from typing import Any

from readkin.objects.uri import is_object
from rules.paths import GENOME_RESULTS
from rules.settings.sample_sheet import Unit
from rules.stages import reported_stages

CLUSTER_SETTINGS = {
    "genomes": (("min_confidence", "rounds", "seed"), "strains"),
    "connected_components": (("min_identity", "min_overlap_bp", "max_overhang_bp"), "join_mates"),
}
"""Settings of each method with values, and one that is true or false."""
METHOD_INPUTS = ("alignments", "start_embedding")
"""Inputs of cluster_reads that only one method has."""
REPORT_INPUTS = {
    "--pieces": "pieces",
    "--exported": "exported",
    "--assemblies": "assemblies",
    "--cluster-names": "names",
    "--truth-comparison": "comparison",
    "--search-hits": "hits",
}
"""Options of write_report for inputs that not every run has."""
TRIMMING_OF_LONG_READS = ("max_n_fraction",)
"""Settings of `trim` that apply to long reads."""
STORAGE_SETTINGS = ("results_uri", "storage")
KEY_SETTINGS = ("key_k", "key_fraction", "key_seed", "key_scheme")


def fastq_arguments(unit: Unit, objects_file: str) -> str:
    """Return the options that pass the FASTQ files of a unit to trim_reads.

    Args:
        unit: the unit.
        objects_file: settings of the storage, which only objects need.
    """
    options = [_option("--fastq-1", unit.fastq_1), _option("--fastq-2", unit.fastq_2)]
    options.append("--interleaved" * unit.interleaved)
    if any(map(is_object, unit.fastq_files)):
        options.append(_option("--objects", objects_file))
    if unit.quality_encoding != "auto":
        options.append(_option("--quality-encoding", unit.quality_encoding))
    return " ".join(filter(None, options))


def trimming_arguments(config: Mapping[str, Any], unit: Unit) -> str:
    """Return the options that pass the settings of the unit's kind of reads to trim_reads."""
    settings = dict(config["trim"])
    if unit.has_long_reads:
        kept = {name: settings[name] for name in TRIMMING_OF_LONG_READS}
        settings = kept | {"poly_g": "no"} | config["long_reads"]
    return _options({name: value for name, value in settings.items() if value is not None})


def read_group_arguments(unit: Unit) -> str:
    """Return the options that pass the read group to convert_fastq_to_bam."""
    options = {"sample": unit.sample, "unit": unit.unit, "platform": unit.platform}
    if unit.dna_library:
        options["library"] = unit.dna_library
    return " ".join([_options(options), *["--paired"] * unit.is_paired])


def embed_arguments(config: Mapping[str, Any]) -> str:
    """Return the options that pass method, keys and shards to embed_reads."""
    settings = config["embed"].items()
    options = _options({name: value for name, value in settings if value is not None})
    return f"{options} {mask_argument(config)}".rstrip()


def mask_argument(config: Mapping[str, Any]) -> str:
    """Return the option of several stages that masks bases of low complexity, or ""."""
    return "--mask-low-complexity" if config["mask_low_complexity"] else ""


def clustering_arguments(config: Mapping[str, Any]) -> str:
    """Return the options that pass the method and its settings to cluster_reads.

    Settings of the other method are left out, so that changing them reruns nothing.
    """
    cluster = config["cluster"]
    names, switch = CLUSTER_SETTINGS[cluster["method"]]
    options = _options({name: cluster[name] for name in ("method", *names)})
    is_on = cluster[switch]
    return f"{options} --{switch.replace('_', '-')}" if is_on else options


def clustering_files(input: Any, output: Any) -> str:
    """Return the options that pass the files of only one method to cluster_reads.

    Args:
        input, output: files of the job, by name.
    """
    words = [_option(f"--{name.replace('_', '-')}", input.get(name)) for name in METHOD_INPUTS]
    words += [_option(f"--{name.replace('_', '-')}", output.get(name)) for name in GENOME_RESULTS]
    return " ".join(filter(None, words))


def search_arguments(config: Mapping[str, Any]) -> str:
    """Return the options that pass alphabet, scoring, filter and thresholds to search_reads.

    Settings that do not affect this search are left out, so that changing them reruns nothing.
    """
    search, embed = config["search"], config["embed"]
    names = ("alphabet", "top_n", "max_evalue")
    options = {name: search[name] for name in names} | search[search["alphabet"]]
    # Proteins share too few k-mers for the filter.
    if search["exhaustive"] or search["alphabet"] == "protein":
        return f"{_options(options)} --exhaustive"
    options |= {name: embed[name] for name in KEY_SETTINGS}
    options |= {"min_votes": search["min_votes"]}
    return f"{_options(options)} {mask_argument(config)}".rstrip()


def naming_arguments(config: Mapping[str, Any]) -> str:
    """Return the options that pass confidence, scores and keys of the search to name_clusters."""
    options = {"min_confidence": config["cluster"]["min_confidence"]}
    options |= config["search"]["dna"] | {name: config["embed"][name] for name in KEY_SETTINGS}
    options |= {"min_votes": config["search"]["min_votes"]}
    return f"{_options(options)} {mask_argument(config)}".rstrip()


def database_arguments(input: Any) -> str:
    """Return the options that pass the database to search_reads.

    Args:
        input: files of the job, by name: ``database``, or ``embeddings`` and ``reads``.
    """
    names = ("database", "embeddings", "reads")
    return " ".join(filter(None, (_option(f"--{name}", input.get(name)) for name in names)))


def paf_arguments(reads: object, paf: object) -> str:
    """Return the options that pass the table of reads and the PAF file to align_pairs, or ""."""
    return f"{_option('--reads', reads)} {_option('--paf', paf)}" if paf else ""


def reported_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that the report shows: those of the results, not of their storage."""
    return {key: value for key, value in config.items() if key not in STORAGE_SETTINGS}


def counted_stages(config: Mapping[str, Any]) -> list[str]:
    """Return the stages of a run, with the kinds of items that each counts, for write_report."""
    return [f"{stage.name}={','.join(stage.counts)}" for stage in reported_stages(config)]


def report_arguments(input: Any) -> str:
    """Return the options that pass the optional inputs to write_report.

    Args:
        input: files of the job, by name; empty for what the run does not have.
    """
    words = (_option(option, getattr(input, name)) for option, name in REPORT_INPUTS.items())
    return " ".join(filter(None, words))


def unit_and_files(unit: Unit) -> str:
    """Return a unit and its FASTQ files as a line of check's table of reads."""
    layout = "interleaved" if unit.interleaved else ""
    fields = [unit.name, unit.fastq_1, unit.fastq_2 or "", layout, unit.quality_encoding]
    return "\t".join(fields)


def profile_argument(profile_file: str) -> str:
    """Return the option that passes the file of Snakemake's profile to check; "" without one."""
    return _option("--profile-file", profile_file)


def _option(name: str, value: object) -> str:
    # One word, so that a value may begin with a dash.
    return shlex.quote(f"{name}={value}") if value else ""


def _options(settings: Mapping[str, Any]) -> str:
    words = (f"--{name.replace('_', '-')}={value}" for name, value in settings.items())
    return shlex.join(words)
