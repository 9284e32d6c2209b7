"""Settings and units as command-line arguments of the stages."""

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from rules.settings.sample_sheet import Unit
from rules.settings.schema import READS
from rules.stages import reported_stages

KEY_SETTINGS = ("key_k", "key_fraction", "key_seed", "key_scheme")


def layout_arguments(unit: Unit) -> str:
    """Return the options that describe the FASTQ files of a unit to trim_reads.

    They are "" for single-end reads in the usual encoding.
    """
    options = [_option("--fastq-2", unit.fastq_2), "--interleaved" * unit.interleaved]
    if unit.quality_encoding != "auto":
        options.append(_option("--quality-encoding", unit.quality_encoding))
    return " ".join(filter(None, options))


def read_group_arguments(unit: Unit) -> str:
    """Return the options that pass the read group to convert_fastq_to_bam."""
    options = {"sample": unit.sample, "unit": unit.unit, "platform": unit.platform}
    if unit.library:
        options["library"] = unit.library
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return shlex.join([*words, *["--paired"] * unit.is_paired])


def embed_arguments(config: Mapping[str, Any]) -> str:
    """Return the options that pass method, keys and shards to embed_reads."""
    settings = config["embed"].items()
    return _options({name: value for name, value in settings if value is not None})


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
    return _options(options | {"min_votes": search["min_votes"]})


def database_option(config: Mapping[str, Any]) -> str:
    """Return the option of search_reads that precedes the database: BAM files or another file."""
    return "--bam" if config["search"]["database"] == READS else "--database"


def counted_stages(config: Mapping[str, Any]) -> list[str]:
    """Return the stages of a run, with the kinds of items that each counts, for write_report."""
    return [f"{stage.name}={','.join(stage.counts)}" for stage in reported_stages(config)]


def report_arguments(comparison: object, hits: object) -> str:
    """Return the options that pass the optional inputs to write_report.

    Args:
        comparison: file of the comparison with the truth; empty if the run has none.
        hits: file of the search hits; empty if the run has none.
    """
    words = [_option("--truth-comparison", comparison), _option("--search-hits", hits)]
    return " ".join(filter(None, words))


def check_arguments(units: Iterable[Unit], profile_file: str) -> str:
    """Return the options that pass the FASTQ files and the profile to check.

    Args:
        units: all units.
        profile_file: file of Snakemake's profile; "" without one.
    """
    words, interleaved = [], []
    for unit in units:
        words += ["--reads", unit.name, *unit.fastq_files]
        interleaved += [unit.name] * unit.interleaved
        if unit.quality_encoding != "auto":
            words += ["--quality-encoding", unit.name, unit.quality_encoding]
    words += ["--interleaved", *interleaved] if interleaved else []
    return " ".join(filter(None, [shlex.join(words), _option("--profile-file", profile_file)]))


def _option(name: str, value: object) -> str:
    return shlex.join([name, str(value)]) if value else ""


def _options(settings: Mapping[str, Any]) -> str:
    words = (f"--{name.replace('_', '-')}={value}" for name, value in settings.items())
    return shlex.join(words)
