"""What the Snakefile calls: the checked configuration and the units, or all mistakes at once."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from rules.search_arguments import READS
from rules.settings.config_errors import CheckedConfig, check_config, lookup
from rules.settings.config_files import KeyPath, read_config_file
from rules.settings.error_list import ConfigError, Problem
from rules.settings.input_probe import (
    DEMO_FOLDER,
    missing_file,
    probe_fasta,
    probe_sequences,
    probe_truth,
    url_problem,
)
from rules.settings.sample_sheet import Unit, read_sample_sheet

_PROBES = (
    (("reference",), "FASTA", probe_fasta),
    (("truth",), "truth table", probe_truth),
    (("search", "query"), "FASTA or FASTQ", probe_sequences),
    (("search", "database"), "FASTA or FASTQ", probe_sequences),
)
_OPTIONS_WITHOUT_INPUT = ("--lint", "--list-target-rules", "--lt", "--list-rules", "-l", "--list")


@dataclass(frozen=True)
class Settings:
    """The checked configuration (every key, defaults filled in) and the units in sheet order."""

    checked: CheckedConfig
    units: tuple[Unit, ...]

    @property
    def config(self) -> dict[str, Any]:
        return self.checked.config

    def stop_at(self, key: KeyPath, problem: Problem) -> NoReturn:
        """Tell of a setting that does not fit what was asked for, and exit with 2."""
        _stop(ConfigError([self.checked.mistake_at(key, problem)]))


def load_settings(
    given: Mapping[str, Any],
    config_files: Sequence[str | Path],
    probe_files: bool,
    base_dir: Path | None = None,
) -> Settings:
    """Check configuration, sample sheet and input files.

    Args:
        given: the configuration as Snakemake merged it.
        config_files: the files it came from, the weakest first: the Snakefile's own, then those
            of ``--configfile`` in their order.
        probe_files: look at the input files too. For the main process only: jobs parse the
            Snakefile again.
        base_dir: where relative paths start; None for the working directory.

    Raises:
        ConfigError: with all mistakes.
    """
    base_dir = Path.cwd() if base_dir is None else base_dir
    checked = check_config(given, [Path(path) for path in config_files], base_dir)
    mistakes = checked.mistakes
    sheet = _usable_path(checked, ("samples",), "sample sheet", base_dir)
    if probe_files:
        for key, kind, probe in _PROBES:
            path = _usable_path(checked, key, kind, base_dir)
            if path is not None and (problem := probe(base_dir / path)):
                mistakes.append(checked.mistake_at(key, problem))
    units: list[Unit] = []
    if sheet is not None:
        units, of_sheet = read_sample_sheet(sheet, base_dir, probe_files)
        mistakes.extend(of_sheet)
    if units and (problem := _foreign_truth(checked.config["truth"], units)):
        mistakes.append(checked.mistake_at(("truth",), problem))
    if mistakes:
        raise ConfigError(mistakes)
    return Settings(checked, tuple(units))


def settings_or_exit(
    given: Mapping[str, Any],
    config_files: Sequence[str | Path],
    probe_files: bool,
    base_dir: Path | None = None,
) -> Settings:
    """``load_settings``; on mistakes prints them all to standard error and exits with 2."""
    try:
        return load_settings(given, config_files, probe_files, base_dir)
    except ConfigError as error:
        _stop(error)


def exit_if_unreadable(config_file: str | Path) -> None:
    """Before ``configfile:``, which says of broken YAML neither line nor cause: exit with 2."""
    if Path(config_file).exists():
        file = read_config_file(Path(config_file), Path.cwd())
        if file.mistakes and not file.entries:
            _stop(ConfigError(file.mistakes))


def only_describes(arguments: Sequence[str]) -> bool:
    """Whether Snakemake's command line asks about the workflow itself, so that input may lack."""
    return any(argument in _OPTIONS_WITHOUT_INPUT for argument in arguments)


def _stop(error: ConfigError) -> NoReturn:
    # Not a WorkflowError: Snakemake would put the Snakefile's line before it and exit with 1.
    sys.stderr.write(f"{error}\n")
    sys.exit(2)


def _usable_path(checked: CheckedConfig, key: KeyPath, kind: str, base_dir: Path) -> Path | None:
    """The existing file that a setting names; None, and a mistake, if there is none."""
    if not checked.is_sound(key) or not _names_a_file(checked.config, key):
        return None
    written = lookup(checked.config, key)
    problem = url_problem(written)
    if problem is None and not (base_dir / written).is_file():
        problem = missing_file(written, kind, base_dir)
    if problem is not None:
        checked.mistakes.append(checked.mistake_at(key, problem))
        return None
    return Path(written)


def _names_a_file(config: Mapping[str, Any], key: KeyPath) -> bool:
    """Whether a setting names a file that is going to be read."""
    if key == ("search", "database"):
        search = config["search"]
        return search["query"] is not None and search["database"] != READS
    return isinstance(lookup(config, key), str)


def _foreign_truth(truth: object, units: Sequence[Unit]) -> Problem | None:
    """The demo's truth table, left in the configuration with somebody's own reads."""
    if not isinstance(truth, str) or Path(truth).parts[:1] != (DEMO_FOLDER,):
        return None
    if any(Path(unit.fastq_1).parts[:1] == (DEMO_FOLDER,) for unit in units):
        return None
    expected = "the truth of the reads in the sample sheet"
    return Problem(f'"{truth}", the truth of the demo', expected, "write truth: null")
