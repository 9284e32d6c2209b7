"""Assembly of the reads of one cluster by an external program."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from readkin.assemblers import Assembler
from readkin.formats.assemblies import Assembly, read_contigs
from readkin.parallel.launch import foreign_environment
from readkin.parallel.metered import costs_in, meter_command
from readkin.parallel.peak_memory import memory_of
from readkin.parallel.piped_program import LAST_LINES, PipedProgram, ProgramFailedError

MIN_CONTIG_BP = 200
"""MEGAHIT's default; shorter contigs of SPAdes are dropped, too."""
TOO_FEW, NO_CONTIG = "too few reads", "no contig"
LEAST_MEMORY_MB = 500

log = logging.getLogger("readkin")


def assemble(
    label: str,
    files: dict[str, str],
    folder: Path,
    assembler: Assembler,
    threads: int,
    memory_mb: int,
) -> Assembly:
    """Assemble the reads of a cluster.

    Args:
        label: name of the cluster in messages.
        files: FASTQ files in ``folder`` by part: R1, R2, single.
        folder: scratch folder, in which the program runs.
        assembler: the program.
        threads: number of its threads.
        memory_mb: memory of the job, of which it gets what this process does not use, MiB.

    Raises:
        ProgramFailedError: if the program fails; the last lines of its messages are logged.
    """
    free_mb = max(memory_mb - memory_of("self").resident // 1024, LEAST_MEMORY_MB)
    command = assembler.command(files, threads, free_mb, "assembly")
    costs = folder / "costs"
    costs.mkdir()
    name = f"{assembler.program} of {label}"
    metered = [*meter_command(costs), *command]
    with PipedProgram(name, metered, folder, foreign_environment()) as program:
        try:
            program.finish()
        except ProgramFailedError:
            for line in program.last_messages(LAST_LINES):
                log.error("%s: %s", assembler.program, line)
            raise
    (cost,) = costs_in(costs)
    contigs = read_contigs(folder / "assembly" / assembler.contigs, MIN_CONTIG_BP)
    return Assembly(contigs, *cost)


def assembly_row(assembly: Assembly) -> dict[str, Any]:
    """Return the columns of the table of assemblies that an assembly has."""
    lengths = [len(contig.bases) for contig in assembly.contigs]
    row = {
        "contigs": len(lengths),
        "peak_memory_mb": assembly.memory / (1 << 20),
        "cpu_s": assembly.cpu,
        "wall_s": assembly.wall,
    }
    if not lengths:
        return row | {"reason": NO_CONTIG}
    sizes = {"total_bp": sum(lengths), "largest_bp": lengths[0], "n50_bp": n50(lengths)}
    return row | sizes | {"reason": ""}


def n50(lengths: Sequence[int]) -> int:
    """Return the largest length such that contigs of it or more have half of all bases.

    Args:
        lengths: of the contigs, at least one.

    >>> n50([2, 3, 4, 5, 6])
    5
    """
    ordered = np.sort(lengths)[::-1]
    sums = np.cumsum(ordered)
    return int(ordered[np.searchsorted(2 * sums, sums[-1])])
