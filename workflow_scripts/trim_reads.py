"""Trim adapters and low-quality ends of the reads of one unit with cutadapt; check every record.

In:  FASTQ (plain, gz, bz2 or xz) of one unit, single or two files of mates.
Out: trimmed FASTQ.gz, mates interleaved; cutadapt's JSON report, for MultiQC; counts JSON.

Method: Martin 2011, EMBnet.journal 17:10 (cutadapt). A pair is dropped if either mate is.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from readkin.command import (
    argument_parser,
    existing_file,
    fraction,
    log,
    non_negative_int,
    positive_int,
    run_command,
)
from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write
from readkin.formats.counts import Flow, write_counts
from readkin.formats.fastq import QualityProfile, check_qualities, checked_chunks, combined_profile
from readkin.progress import SECONDS_BETWEEN_LINES, Progress

DROP_REASONS = {"too_short": "shorter than min_length_bp", "too_many_n": "more N than allowed"}


class Trimming(NamedTuple):
    """Settings ``trim`` of the configuration."""

    adapter_1: str
    adapter_2: str
    min_quality: int
    min_length_bp: int
    max_n_fraction: float


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("trim_reads", __doc__)
    parser.add_argument("--fastq-1", type=existing_file, required=True)
    parser.add_argument("--fastq-2", type=existing_file, help="second mates of --fastq-1")
    parser.add_argument("--unit", required=True, help="name of the unit, for the counts")
    parser.add_argument("--adapter-1", required=True, help="3' adapter of the first mates")
    parser.add_argument("--adapter-2", required=True, help="3' adapter of the second mates")
    parser.add_argument(
        "--min-quality", type=non_negative_int, required=True, help="cutoff at the ends, Phred"
    )
    parser.add_argument(
        "--min-length-bp", type=positive_int, required=True, help="drop reads shorter than this"
    )
    parser.add_argument(
        "--max-n-fraction", type=fraction, required=True, help="drop reads with more N than this"
    )
    parser.add_argument("--threads", type=positive_int, default=1)
    parser.add_argument("--output", type=Path, required=True, help="trimmed FASTQ.gz")
    parser.add_argument("--report", type=Path, required=True, help="cutadapt's JSON")
    parser.add_argument("--counts", type=Path, required=True, help="JSON")
    return parser.parse_args(argv)


def trim_reads(
    fastq_files: list[Path], trimming: Trimming, output: Path, report: Path, threads: int
) -> tuple[Flow, dict[str, Any]]:
    """Check the input, trim it and check the output.

    Args:
        fastq_files: one file of single reads, or two files of mates.
        trimming: the settings.
        output: trimmed FASTQ.gz, mates interleaved.
        report: cutadapt's JSON report.
        threads: number of threads of cutadapt.

    Returns:
        Counts of reads; profiles before and after trimming, and cutadapt's counts.

    Raises:
        InputError: if a file is damaged or the files do not contain mates.
        ValueError: if cutadapt lost reads.
    """
    if len(fastq_files) == 2 and fastq_files[0].samefile(fastq_files[1]):
        raise InputError(
            fastq_files[1], "the file of the first mates", "another file", "provide R2's file"
        )
    before = check_input(fastq_files)
    with atomic_write(output) as trimmed, atomic_write(report) as report_file:
        settings = cutadapt_settings(trimming, paired=len(fastq_files) == 2)
        run_cutadapt(fastq_files, settings, trimmed, report_file, threads)
        after = profile_trimmed(trimmed, paired=len(fastq_files) == 2)
        # The number of cores and the paths of temporary files are not part of the result.
        counted = json.loads(report_file.read_text()) | {"cores": None}
        counted["command_line_arguments"] = [*settings, *(path.name for path in fastq_files)]
        report_file.write_text(json.dumps(counted, indent=1))
        dropped = {
            reason: counted["read_counts"]["filtered"][key] * len(fastq_files)
            for key, reason in DROP_REASONS.items()
            if counted["read_counts"]["filtered"][key]
        }
        # Raises an error, so that no file appears, if cutadapt lost a read.
        flow = Flow("reads", before["reads"], after["reads"], dropped)
    return flow, {"before": before, "after": after, "cutadapt": adapter_counts(counted)}


def check_input(fastq_files: list[Path]) -> dict[str, Any]:
    """Read and check all records once; return their profile."""
    profiles = [QualityProfile() for _ in fastq_files]
    fastq_2 = fastq_files[1] if len(fastq_files) == 2 else None
    with Progress("check", None, "reads") as progress:
        for chunks in checked_chunks(fastq_files[0], fastq_2):
            for profile, records in zip(profiles, chunks, strict=False):
                profile.add(records)
            progress.advance(sum(map(len, chunks)))
    for profile, path in zip(profiles, fastq_files, strict=True):
        if not profile.reads:
            raise InputError(path, "no reads", "at least one", "remove this unit from the sheet")
        check_qualities(path, profile)
    return combined_profile(profiles)


def cutadapt_settings(trimming: Trimming, paired: bool) -> list[str]:
    """Return the arguments of cutadapt that determine its result."""
    settings = [f"--quality-cutoff={trimming.min_quality}", f"-a={trimming.adapter_1}"]
    settings += [f"--minimum-length={trimming.min_length_bp}", f"--max-n={trimming.max_n_fraction}"]
    return settings + ([f"-A={trimming.adapter_2}", "--interleaved"] if paired else [])


def run_cutadapt(
    fastq_files: list[Path], settings: list[str], trimmed: Path, report: Path, threads: int
) -> None:
    """Run cutadapt in this Python's environment; show its messages only if it fails."""
    command = [sys.executable, "-m", "cutadapt", f"--cores={threads}", f"--json={report}"]
    command += [*settings, "-o", str(trimmed), *map(str, fastq_files)]
    log.debug("running %s", command)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    started = time.monotonic()
    try:
        while True:
            try:
                output, _ = process.communicate(timeout=SECONDS_BETWEEN_LINES)
                break
            except subprocess.TimeoutExpired:
                written = trimmed.stat().st_size / 1e6 if trimmed.exists() else 0.0
                seconds = time.monotonic() - started
                log.info("trim: %.0f MB written in %.0f s", written, seconds)
    finally:
        process.kill()
    if process.returncode:
        last_line = output.strip().splitlines()[-1] if output.strip() else "no message"
        raise InputError(fastq_files[0], f"cutadapt: {last_line}", "FASTQ", "check the files")


def profile_trimmed(trimmed: Path, paired: bool) -> dict[str, Any]:
    """Return the profile of the trimmed, interleaved file."""
    profiles = [QualityProfile() for _ in range(1 + paired)]
    for records, _ in checked_chunks(trimmed, None):
        for mate, profile in enumerate(profiles):
            profile.add(records[mate :: len(profiles)])
    return combined_profile(profiles)


def adapter_counts(report: dict[str, Any]) -> dict[str, int]:
    """Return the number of reads with adapter, and of bases removed for low quality."""
    reads, bases = report["read_counts"], report["basepair_counts"]
    return {
        "reads with adapter": (reads["read1_with_adapter"] or 0)
        + (reads["read2_with_adapter"] or 0),
        "bases cut for quality": bases["quality_trimmed"] or 0,
    }


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    fastq_files = [path for path in (arguments.fastq_1, arguments.fastq_2) if path]
    trimming = Trimming(**{name: getattr(arguments, name) for name in Trimming._fields})
    flow, details = trim_reads(
        fastq_files, trimming, arguments.output, arguments.report, arguments.threads
    )
    if not flow.left:
        reasons = ", ".join(f"{number} {reason}" for reason, number in flow.dropped.items())
        log.warning("warning: unit %s lost all its reads: %s", arguments.unit, reasons)
    write_counts(arguments.counts, "trim_reads", [flow], details, arguments.unit)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
