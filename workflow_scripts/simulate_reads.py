"""Simulate reads of a community of known genomes, as a test of the workflow.

In:  a community table (TSV: genome, fasta, abundance, shape; see docs/simulator.md)
Out: in the output folder, per unit SAMPLE.UNIT_R1.fastq.gz and _R2 (SAMPLE.UNIT.fastq.gz of
     single reads), truth.tsv.gz (origin of each read), samples.tsv (sample sheet) and depths.tsv
     (abundance and depth of each sequence in each sample)

The same arguments give the same files, for any number of workers. Abundance is the number of copies
of a genome: the depth is proportional to it, and the number of reads to abundance times length.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import numpy as np

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
from readkin.errors import UsageError
from readkin.formats.atomic_write import atomic_write, gzip_member
from readkin.formats.community import SAMPLE_NAME, Community, read_community
from readkin.formats.fasta import encode
from readkin.formats.simulated_reads import SequencingUnit, write_depths, write_sample_sheet
from readkin.formats.truth_table import truth_header
from readkin.kernels.simulation.fragments import Artefacts, PlatformModel
from readkin.kernels.simulation.long_reads import LongReadModel
from readkin.kernels.simulation.short_reads import ShortReadModel
from readkin.parallel.ray_map import ordered_map
from readkin.parallel.stored_function import store_function
from readkin.progress import Progress
from readkin.simulation.blocks import (
    Block,
    BlockContent,
    BlockSimulator,
    block_simulator,
    blocks_of_units,
)
from readkin.simulation.plan import Amount, Plan, fragments_of_units, sample_abundances
from readkin.simulation.platforms import PLATFORMS

DEFAULT_UNIT = "lane1"
DEFAULT_SAMPLE = "simulated"
LONGEST = 10_000_000  # of a read or a fragment, bp


def number_up_to(highest: float) -> Callable[[str], float]:
    """Return a function that converts an argument to a number from 0 to ``highest``."""

    def convert(text: str) -> float:
        value = non_negative_float(text)
        if value > highest:
            expected = f"a number from 0 to {highest:g}"
            raise argparse.ArgumentTypeError(f"found {text!r}, expected {expected}")
        return value

    return convert


def length_in_bases(text: str) -> int:
    """Convert an argument to a length from 1 to LONGEST."""
    value = positive_int(text)
    if value > LONGEST:
        raise argparse.ArgumentTypeError(f"found {value}, expected at most {LONGEST}")
    return value


def sequencing_unit(text: str) -> SequencingUnit:
    """Convert an argument SAMPLE:UNIT."""
    if not re.fullmatch(f"{SAMPLE_NAME}:{SAMPLE_NAME}", text):
        expected = "SAMPLE:UNIT of letters, digits, _ and -"
        raise argparse.ArgumentTypeError(f"found {text!r}, expected {expected}")
    return SequencingUnit(*text.split(":"))


def adapter_sequence(text: str) -> np.ndarray:
    """Convert an argument of bases A, C, G, T to base codes."""
    if not re.fullmatch("[ACGT]+", text):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected bases A, C, G, T")
    return encode(text)


MODEL_OPTIONS = (
    ("read_length", length_in_bases, "bases of every read; pacbio, ont: mean"),
    ("read_length_sd", number_up_to(LONGEST), "standard deviation of the read length"),
    ("read_length_min", length_in_bases, "minimum length, to which shorter reads are set"),
    ("fragment_mean", number_up_to(LONGEST), "mean fragment length, bp"),
    ("fragment_sd", number_up_to(LONGEST), "standard deviation of the fragment length, bp"),
    ("fragment_min", length_in_bases, "minimum length, to which shorter ones are set, bp"),
    ("substitution_rate_start", fraction, "substitutions per base at the first base"),
    ("substitution_rate_end", fraction, "at the last base; geometric in between"),
    ("error_rate", number_up_to(0.3), "substitutions, insertions and deletions, per base"),
    ("error_mix", number_up_to(1e6), "relative frequencies of these three"),
    ("error_noise_sd", fraction, "standard deviation of ln(error) of reads and of bases"),
    ("indel_rate", fraction, "insertions plus deletions of one base, per base"),
    ("n_rate", fraction, "fraction of bases called N"),
    ("n_run_fraction", fraction, "fraction of reads with a run of N"),
)
ADAPTERS = ("AGATCGGAAGAGCACACGTCTGAACTCCAGTCA", "AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT")


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argument_parser("simulate_reads", __doc__)
    add = parser.add_argument
    add("--community", type=existing_file, required=True, help="community table")
    amount = parser.add_mutually_exclusive_group(required=True)
    amount.add_argument(
        "--fragments", type=positive_int, help="read pairs (or single reads) of all units"
    )
    amount.add_argument(
        "--coverage", type=non_negative_float, help="mean depth: bases read / bases of all genomes"
    )
    amount.add_argument(
        "--abundance-is-depth",
        action="store_true",
        help="abundances are depths: bases read / bases of the genome, in each sample",
    )
    add(
        "--platform",
        choices=sorted(PLATFORMS),
        default="illumina",
        help="pacbio (HiFi) and ont: single long reads with indels (default: illumina)",
    )
    add("--single", action="store_true", help="one read per fragment, not two")
    add(
        "--units",
        type=sequencing_unit,
        nargs="+",
        help="SAMPLE:UNIT ...; fragments are distributed evenly (default: simulated:lane1, or"
        " SAMPLE:lane1 of each sample of the table)",
    )
    add(
        "--abundance-sd",
        type=number_up_to(5),
        default="0",
        help="standard deviation of ln(factor) by which the abundance of each genome differs"
        " in each sample (default: 0)",
    )
    for name, kind, meaning in MODEL_OPTIONS:
        nargs: dict[str, Any] = {"nargs": 3} if name == "error_mix" else {}
        text = f"{meaning} (default: {defaults_text(name)})"
        add(f"--{name.replace('_', '-')}", type=kind, help=text, **nargs)
    for mate, default in enumerate(ADAPTERS, start=1):
        text = f"adapter of read {mate} after the end of a short fragment (default: {default})"
        add(f"--adapter-{mate}", type=adapter_sequence, help=text)
    for artefact, meaning in (
        ("chimera", "are joined from two places"),
        ("duplicate", "are PCR copies of another one, with errors of their own"),
    ):
        text = f"fraction of the fragments that {meaning} (default: 0)"
        add(f"--{artefact}-fraction", type=fraction, default="0", help=text)
    add("--seed", type=non_negative_int, default=1, help="default: 1")
    add("--workers", type=non_negative_int, default=0, help="Ray workers (default: 0, no Ray)")
    add("--output", type=Path, required=True, help="folder for the files")
    arguments = parser.parse_args(argv)
    if arguments.output.exists() and not arguments.output.is_dir():
        parser.error(f"argument --output: found a file {arguments.output}, expected a folder")
    if len(set(arguments.units or ())) < len(arguments.units or ()):
        parser.error("argument --units: found a unit twice, expected each SAMPLE:UNIT once")
    check_platform(parser, arguments)
    return arguments


def defaults_text(name: str) -> str:
    """Return the defaults of an option on all platforms that have it."""
    values = {key: p.defaults[name] for key, p in PLATFORMS.items() if name in p.defaults}
    texts = {
        key: " ".join(map(str, value)) if isinstance(value, tuple) else f"{value}"
        for key, value in values.items()
    }
    if list(texts) == ["illumina"]:
        return texts["illumina"]
    return ", ".join(f"{key} {text}" for key, text in texts.items())


def check_platform(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Refuse options that the platform does not have; set the others to their defaults."""
    defaults = PLATFORMS[arguments.platform].defaults
    is_short = arguments.platform == "illumina"
    of_short = ("adapter_1", "adapter_2", *(["single"] if arguments.single else []))
    for name in (*(option for option, *_ in MODEL_OPTIONS), *of_short):
        is_known = name in defaults or (is_short and name in of_short)
        if getattr(arguments, name) is None and name in defaults:
            setattr(arguments, name, defaults[name])
        elif getattr(arguments, name) is not None and not is_known:
            flag = f"--{name.replace('_', '-')}"
            parser.error(f"argument {flag}: does not apply to --platform {arguments.platform}")
    if arguments.error_mix is not None and not sum(arguments.error_mix):
        parser.error("argument --error-mix: found only zeros, expected a number above 0")


def model_of(arguments: argparse.Namespace) -> PlatformModel:
    """Return the model that the arguments describe."""
    platform = PLATFORMS[arguments.platform]
    numbers = {name: getattr(arguments, name) for name in platform.defaults}
    if arguments.platform == "illumina":
        given = (arguments.adapter_1, arguments.adapter_2)
        adapters = [encode(a) if b is None else b for a, b in zip(ADAPTERS, given, strict=True)]
        return ShortReadModel(
            is_paired=not arguments.single, adapters=(adapters[0], adapters[1]), **numbers
        )
    return LongReadModel(highest_quality=platform.highest_quality, **numbers)


def units_of(
    arguments: argparse.Namespace, community: Community
) -> tuple[list[SequencingUnit], list[str]]:
    """Return the units, and their samples in order.

    Raises:
        UsageError: if the community table has samples, and they are others.
    """
    default = [SequencingUnit(s, DEFAULT_UNIT) for s in community.samples or (DEFAULT_SAMPLE,)]
    units = arguments.units or default
    samples = list(dict.fromkeys(unit.sample for unit in units))
    if community.samples and set(samples) != set(community.samples):
        raise UsageError(
            "--units",
            f"samples {', '.join(samples)}",
            f"{', '.join(community.samples)} as in {arguments.community}",
            "name units of these samples, or leave --units out",
        )
    return units, samples


def plan_of(arguments: argparse.Namespace, community: Community) -> Plan:
    """Return what the arguments describe.

    Raises:
        UsageError: if samples do not agree with the table, or a unit gets no fragment.
    """
    model = model_of(arguments)
    units, samples = units_of(arguments, community)
    abundances = sample_abundances(community, samples, arguments.abundance_sd, arguments.seed)
    of_unit = [samples.index(unit.sample) for unit in units]
    amount = Amount(arguments.fragments, arguments.coverage)
    return Plan(
        platform=arguments.platform,
        model=model,
        artefacts=Artefacts(arguments.chimera_fraction, arguments.duplicate_fraction),
        units=units,
        fragments=fragments_of_units(community, abundances, of_unit, model, amount),
        samples=samples,
        abundances=abundances,
        seed=arguments.seed,
    )


def simulate_reads(
    simulator: BlockSimulator, plan: Plan, output: Path, workers: int
) -> tuple[np.ndarray, np.ndarray]:
    """Write the reads, their truth table and the sample sheet.

    Args:
        simulator: function that makes blocks.
        plan: what to simulate.
        output: folder of the files.
        workers: Ray workers; 0: this process alone.

    Returns:
        Numbers of reads, and of bases read, of each sequence in each sample, int64 (samples,
        sequences).
    """
    blocks = list(blocks_of_units(plan.fragments, plan.model.fragments_per_block))
    workers = min(workers, len(blocks)) if len(blocks) > 1 else 0
    reads, bases = np.zeros((2, len(plan.samples), len(simulator.pool.length)), np.int64)
    with ExitStack() as stack:
        paths = [
            [stack.enter_context(atomic_write(output / name)) for name in names]
            for names in (unit.fastq_names(plan.model.is_paired) for unit in plan.units)
        ]
        table = stack.enter_context(atomic_write(output / "truth.tsv.gz"))
        truth = stack.enter_context(table.open("wb"))
        truth.write(gzip_member(truth_header(simulator.columns)))
        progress = stack.enter_context(Progress("simulate", sum(plan.fragments), "fragments"))
        function: Callable[[Block], BlockContent] = simulator
        if workers:
            folder = stack.enter_context(TemporaryDirectory(prefix=".partial-", dir=output))
            function = store_function(simulator, Path(folder))
        contents = ordered_map(function, blocks, workers)
        for content in written(contents, paths, truth):
            sample = plan.sample_of(content.block.unit)
            reads[sample] += content.reads
            bases[sample] += content.bases
            progress.advance(content.block.n)
        truth.close()
    write_sample_sheet(
        output / "samples.tsv",
        output,
        plan.units,
        plan.model.is_paired,
        PLATFORMS[plan.platform].label,
    )
    return reads, bases


def written(
    contents: Iterator[BlockContent], paths: Sequence[Sequence[Path]], truth: BinaryIO
) -> Iterator[BlockContent]:
    """Append blocks, in order, to the files of their units and to the truth table."""
    for content in contents:
        for path, part in zip(paths[content.block.unit], content.fastq, strict=True):
            with path.open("ab" if content.block.number else "wb") as file:
                file.write(part)
        truth.write(content.truth)
        yield content


def report_depths(
    community: Community, plan: Plan, counts: tuple[np.ndarray, np.ndarray], output: Path
) -> None:
    """Write the table of depths, and log the depth of each genome."""
    rows = []
    for sample, abundances, *of_sample in zip(
        plan.samples, plan.abundances.tolist(), *(c.tolist() for c in counts), strict=True
    ):
        numbers = zip(*of_sample, strict=True)
        for genome, abundance in zip(community.genomes, abundances, strict=True):
            of_genome = [
                {
                    "sample": sample,
                    "genome": genome.name,
                    "sequence": sequence.name,
                    "length": len(sequence.bases),
                    "abundance": abundance,
                    "copies": sequence.copies,
                    "reads": n_reads,
                    "bases": n_bases,
                    "depth": n_bases / len(sequence.bases),
                }
                for sequence, (n_reads, n_bases) in zip(genome.sequences, numbers, strict=False)
            ]
            n_reads, n_bases, length = (
                sum(row[name] for row in of_genome) for name in ("reads", "bases", "length")
            )
            prefix = f"{sample}: " if len(plan.samples) > 1 else ""
            log.info("%s%s: %d reads, depth %.1f", prefix, genome.name, n_reads, n_bases / length)
            rows += of_genome
    write_depths(output / "depths.tsv", rows)


def run(arguments: argparse.Namespace) -> None:
    """Run the stage with the parsed arguments."""
    community = read_community(arguments.community)
    plan = plan_of(arguments, community)
    counts = simulate_reads(
        block_simulator(community, plan), plan, arguments.output, arguments.workers
    )
    report_depths(community, plan, counts, arguments.output)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_command(run, parse_arguments, argv)


if __name__ == "__main__":
    sys.exit(main())
