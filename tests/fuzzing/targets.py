"""What is fuzzed: for each kind of input a strategy, its folder of files, and its oracle."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from fuzzing import fasta, fastq, settings_file, sheet


class Target(NamedTuple):
    """One kind of input.

    Attributes:
        name: name on the command line.
        inputs: strategy that draws an input.
        prepare: writes the files that the inputs refer to into an empty folder.
        check: reads one input in that folder; returns whether it is accepted, and raises an
            AssertionError, or any other exception, if the product is wrong.
        examples: number of inputs in ``make test``.
    """

    name: str
    inputs: st.SearchStrategy[Any]
    prepare: Callable[[Path], None]
    check: Callable[[Path, Any], bool]
    examples: int


TARGETS = (
    Target("fastq", fastq.units(), fastq.prepare, fastq.check_unit, 200),
    Target("fasta", fasta.files(), fasta.prepare, fasta.check_file, 3000),
    Target("sheet", sheet.sheets(), sheet.write_inputs, sheet.check_sheet, 3000),
    Target(
        "config",
        settings_file.config_texts(),
        settings_file.write_inputs,
        settings_file.check_config,
        2000,
    ),
)
