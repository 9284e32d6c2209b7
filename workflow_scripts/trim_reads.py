"""Trim and filter the reads of one unit with cutadapt; check every record.

In:  FASTQ (plain, gz, bz2 or xz) of one unit: single reads, two files of mates, or one interleaved;
     files or objects in S3, which are read as they arrive.
Out: trimmed FASTQ.gz, mates interleaved; cutadapt's JSON report, for MultiQC; counts JSON.

Method: Martin 2011, EMBnet.journal 17:10 (cutadapt). A pair is dropped if either mate is.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

from readkin.command import (
    argument_parser,
    existing_file,
    fraction,
    log,
    non_negative_float,
    non_negative_int,
    positive_int,
    run_command,
)
from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_write, removed_at_end
from readkin.formats.compression import ReadableFile
from readkin.formats.counts import Flow, write_counts
from readkin.formats.fastq import FastqInput, Records, interleaved_fastq
from readkin.formats.quality_profile import QualityProfile, combined_profile, profiled
from readkin.objects.settings import OBJECTS_HELP, read_objects
from readkin.objects.store import file_or_object
from readkin.objects.uri import is_object
from readkin.parallel.piped_program import PipedProgram
from readkin.progress import Progress
from readkin.raw_reads.poly_g import POLY_G_CHOICES, PolyGTrimmer
from readkin.raw_reads.quality_encoding import ENCODING_CHOICES
from readkin.raw_reads.reading import raw_chunks

ADAPTER = re.compile(r"(?!N+$)[ACGTRYSWKMBDHVN]+")
DROP_REASONS = {
    "too_short": "shorter than min_length_bp",
    "too_long": "longer than max_length_bp",
    "too_many_n": "more N than allowed",
}
LOW_MEAN_QUALITY = "more errors expected than min_mean_quality allows"
POLY_G_ONLY = "shorter than min_length_bp without poly-G"

LONG_READ_BP = 1000  # mean of a unit above which its reads are not those of a short-read platform

# cutadapt's workers receive blocks of this size; with one thread there is no limit.
LONGEST_FRAGMENT = 4 << 20


class LongRecordError(Exception):
    """A read is longer than cutadapt's blocks."""


class Trimming(NamedTuple):
    """Settings ``trim`` of the configuration, or ``long_reads`` for long ones.

    Attributes:
        adapter_1, adapter_2: 3' adapters; None: the reads have none.
        min_quality: Phred, at the 3' ends; 0: they are not trimmed.
        min_length_bp: of reads that are kept.
        max_n_fraction: of their bases.
        poly_g: one of POLY_G_CHOICES.
        max_length_bp: of reads that are kept; None: any.
        min_mean_quality: Phred of the mean probability of an error; 0: any.
    """

    adapter_1: str | None
    adapter_2: str | None
    min_quality: int
    min_length_bp: int
    max_n_fraction: float
    poly_g: str = "auto"
    max_length_bp: int | None = None
    min_mean_quality: float = 0


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("trim_reads", __doc__)
    parser.add_argument("--fastq-1", type=file_or_address, required=True, help="or s3:// address")
    parser.add_argument("--fastq-2", type=file_or_address, help="second mates of --fastq-1")
    parser.add_argument("--objects", type=Path, help=OBJECTS_HELP)
    parser.add_argument(
        "--interleaved", action="store_true", help="--fastq-1 contains mates 1 and 2 in turn"
    )
    parser.add_argument(
        "--quality-encoding",
        choices=ENCODING_CHOICES,
        default="auto",
        help="Phred+33 or +64 (default: auto, 33 unless a file looks like 64)",
    )
    parser.add_argument("--unit", required=True, help="name of the unit, for the counts")
    parser.add_argument(
        "--adapter-1", type=adapter, help="3' adapter of the first mates (default: none)"
    )
    parser.add_argument(
        "--adapter-2", type=adapter, help="3' adapter of the second mates (default: none)"
    )
    parser.add_argument(
        "--min-quality",
        type=non_negative_int,
        default=0,
        help="cutoff at the ends, Phred (default: %(default)s)",
    )
    parser.add_argument(
        "--min-length-bp", type=positive_int, required=True, help="drop reads shorter than this"
    )
    parser.add_argument(
        "--max-length-bp", type=positive_int, help="drop reads longer than this (default: none)"
    )
    parser.add_argument(
        "--min-mean-quality",
        type=non_negative_float,
        default=0,
        help="drop reads with a larger mean probability of an error, Phred (default: none)",
    )
    parser.add_argument(
        "--max-n-fraction", type=fraction, required=True, help="drop reads with more N than this"
    )
    parser.add_argument(
        "--poly-g",
        choices=POLY_G_CHOICES,
        default="auto",
        help="cut G tails (default: auto, those of two-colour instruments)",
    )
    parser.add_argument("--threads", type=positive_int, default=1)
    parser.add_argument("--output", type=Path, required=True, help="trimmed FASTQ.gz")
    parser.add_argument("--report", type=Path, required=True, help="cutadapt's JSON")
    parser.add_argument("--counts", type=Path, required=True, help="JSON")
    arguments = parser.parse_args(argv)
    if arguments.interleaved and arguments.fastq_2:
        parser.error("argument --fastq-2: not allowed with --interleaved")
    return arguments


def file_or_address(text: str) -> str:
    """Convert an argument to the path of an existing file, or the address of an object."""
    return text if is_object(text) else str(existing_file(text))


def adapter(text: str) -> str:
    """Convert an argument to an adapter; what has another meaning to cutadapt is refused."""
    if not ADAPTER.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"found {text!r}, expected upper-case bases A C G T or IUPAC codes, not only N"
        )
    return text


def trim_reads(
    source: FastqInput, trimming: Trimming, output: Path, report: Path, threads: int
) -> tuple[Flow, dict[str, Any]]:
    """Check the input and trim it; the next stage checks the output while it reads it.

    Args:
        source: the files of single reads or mates.
        trimming: the settings.
        output: trimmed FASTQ.gz, mates interleaved.
        report: cutadapt's JSON report.
        threads: number of threads of cutadapt.

    Returns:
        Counts of reads; their profile before trimming, and cutadapt's counts.

    Raises:
        InputError: if a file is damaged or the files do not contain mates, or if cutadapt fails.
        ValueError: if cutadapt lost reads.
    """
    if source.fastq_2 and are_same(source.fastq_1, source.fastq_2):
        raise InputError(
            source.fastq_2, "the file of the first mates", "another file", "provide R2's file"
        )
    settings = cutadapt_settings(trimming, source.is_paired)
    with atomic_write(output) as trimmed, atomic_write(report) as report_file:
        try:
            tails = PolyGTrimmer(trimming.poly_g, trimming.min_length_bp)
            before = run_cutadapt(source, tails, settings, trimmed, report_file, threads)
        except LongRecordError:
            log.info("trim: some reads are too long for several threads, trimming with one")
            tails = PolyGTrimmer(trimming.poly_g, trimming.min_length_bp)
            before = run_cutadapt(source, tails, settings, trimmed, report_file, 1)
        counted = json.loads(report_file.read_text())
        # The number of cores and the paths of temporary files are not part of the result.
        names = [path.name for path in source.files]
        counted |= {"cores": None, "command_line_arguments": [*settings, *names]}
        counted["input"] |= dict(zip(("path1", "path2"), map(str, source.files), strict=False))
        report_file.write_text(json.dumps(counted, indent=1))
        mates = 1 + source.is_paired
        dropped = {
            reason: counted["read_counts"]["filtered"][key] * mates
            for key, reason in DROP_REASONS.items()
            if counted["read_counts"]["filtered"][key]
        }
        if trimming.min_mean_quality and (unlikely := reads_of_low_quality(counted) * mates):
            dropped[LOW_MEAN_QUALITY] = unlikely
        if tails.dropped:
            dropped[POLY_G_ONLY] = tails.dropped
        # Raises an error, so that no file appears, if cutadapt lost a read.
        left = counted["read_counts"]["output"] * mates
        flow = Flow("reads", before["reads"], left, dropped)
    log_poly_g(tails)
    changed = adapter_counts(counted) | tails.counts()
    return flow, {"before": before, "cutadapt": changed}


def are_same(one: ReadableFile, other: ReadableFile) -> bool:
    """Return whether two files, or objects, are the same."""
    if isinstance(one, Path) and isinstance(other, Path):
        return one.samefile(other)
    return str(one) == str(other)


def log_poly_g(tails: PolyGTrimmer) -> None:
    """Show in the log how many G tails were cut, and why."""
    if tails.decision is not None and tails.decision.is_cut:
        log.info("trim: %d G tails cut, because of %s", tails.reads_cut, tails.decision.reason)


def cutadapt_settings(trimming: Trimming, paired: bool) -> list[str]:
    """Return the arguments of cutadapt that determine its result."""
    settings = [f"--quality-cutoff={trimming.min_quality}"]
    if trimming.adapter_1:
        settings.append(f"-a={trimming.adapter_1}")
    settings.append(f"--minimum-length={trimming.min_length_bp}")
    if trimming.max_length_bp:
        settings.append(f"--maximum-length={trimming.max_length_bp}")
    if trimming.max_n_fraction < 1:  # cutadapt takes 1 as a number of bases
        settings.append(f"--max-n={trimming.max_n_fraction}")
    if trimming.min_mean_quality:
        settings.append(f"--max-average-error-rate={10 ** (-trimming.min_mean_quality / 10)}")
    if paired:
        settings += [*([f"-A={trimming.adapter_2}"] if trimming.adapter_2 else []), "--interleaved"]
    return settings


def run_cutadapt(
    source: FastqInput,
    tails: PolyGTrimmer,
    settings: list[str],
    trimmed: Path,
    report: Path,
    threads: int,
) -> dict[str, Any]:
    """Check all records and pass them without G tails to cutadapt; return their profile.

    cutadapt reads canonical FASTQ from a pipe. It sees no path of the user's: it derives formats
    from the ends of names and ``{name}`` means one of several files to it.

    Raises:
        LongRecordError: if a read is too long for cutadapt with several threads.
    """
    scratch = trimmed.with_name(f"{trimmed.name}.fastq.gz").absolute()
    command = [sys.executable, "-P", "-m", "cutadapt", f"--cores={threads}", *settings]
    command += [f"--json={report.absolute()}", "-o", scratch.name, "-"]
    log.debug("running %s", command)
    with (
        removed_at_end(scratch),
        PipedProgram("cutadapt", command, scratch.parent) as cutadapt,
        Progress("trim", None, "reads") as progress,
    ):
        profiles = [QualityProfile() for _ in range(1 + source.is_paired)]
        for mates, without_tails in tails.trim(profiled(raw_chunks(source), profiles)):
            if threads > 1 and longest_fragment(mates) > LONGEST_FRAGMENT:
                raise LongRecordError
            cutadapt.write(interleaved_fastq(without_tails))
            progress.advance(sum(map(len, mates)))
        cutadapt.finish()
        scratch.replace(trimmed)
    return combined_profile(profiles)


def longest_fragment(mates: tuple[Records, ...]) -> int:
    """Return an upper bound of the bytes of one read or pair in FASTQ."""
    return sum(
        2 * max(map(len, records.bases)) + max(map(len, records.headers)) + len("@\n\n+\n\n")
        for records in mates
    )


def reads_of_low_quality(report: dict[str, Any]) -> int:
    """Return the number of reads or pairs dropped for their mean quality.

    cutadapt's report does not state it, but all other numbers.
    """
    reads = report["read_counts"]
    return reads["input"] - reads["output"] - sum(filter(None, reads["filtered"].values()))


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
    objects = read_objects(arguments.objects)
    source = FastqInput(
        fastq_1=file_or_object(arguments.fastq_1, objects),
        fastq_2=arguments.fastq_2 and file_or_object(arguments.fastq_2, objects),
        is_interleaved=arguments.interleaved,
        encoding=arguments.quality_encoding,
    )
    trimming = Trimming(**{name: getattr(arguments, name) for name in Trimming._fields})
    flow, details = trim_reads(
        source, trimming, arguments.output, arguments.report, arguments.threads
    )
    mean = details["before"]["bases"] / max(details["before"]["reads"], 1)
    if trimming.adapter_1 and mean > LONG_READ_BP:
        log.warning(
            "warning: unit %s: reads of %.0f bp on average are trimmed as those of a short-read"
            " platform; write ONT or PACBIO in column platform of the sample sheet",
            arguments.unit,
            mean,
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
