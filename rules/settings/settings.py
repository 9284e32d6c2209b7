"""Checked settings and units for the Snakefile, or a list of all mistakes."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from readkin.assemblers import ASSEMBLERS
from readkin.objects.settings import RunObjects
from readkin.objects.uri import is_object
from rules.settings.check import CheckedConfig, check_config, lookup
from rules.settings.files import KeyPath, read_config_file
from rules.settings.input_probe import (
    DEMO_FOLDER,
    missing_file,
    probe_embedding,
    probe_sequences,
    probe_truth,
    unsupported_path,
    unsupported_url,
)
from rules.settings.mistakes import ConfigError, Diagnosis, Mistake
from rules.settings.objects import InputObjects, storage_of
from rules.settings.sample_sheet import Unit, read_sample_sheet
from rules.settings.schema import READS
from rules.settings.sequence_files import check_reference_file, check_search_file

_FILES: tuple[tuple[KeyPath, str], ...] = (
    (("reference",), "FASTA"),
    (("truth",), "truth table"),
    (("cluster", "start_embedding"), "HDF5"),
    (("cluster", "names"), "FASTA"),
    (("search", "query"), "FASTA or FASTQ"),
    (("search", "database"), "FASTA or FASTQ"),
)
FETCHED_FILES = tuple(key for key, _ in _FILES if key != ("cluster", "start_embedding"))
"""Settings whose file may be an object, which the run copies first."""
LEARNED_EMBEDDING = "results/learned_embedding.h5"
_ASSEMBLE = ("cluster", "assemble")
_ALPHABET = (("search", "alphabet"), ("search", "protein", "matrix"))
INPUT_FILES = tuple(key for key, _ in _FILES)
"""Settings that contain the path of a file that the jobs read."""


@dataclass(frozen=True)
class Settings:
    """The checked configuration, the units in sheet order, and the objects that they read."""

    checked: CheckedConfig
    units: tuple[Unit, ...]
    objects: RunObjects

    @property
    def config(self) -> dict[str, Any]:
        """All settings, with defaults and presets."""
        return self.checked.config

    def stop_at(self, key: KeyPath, diagnosis: Diagnosis) -> NoReturn:
        """Report a setting that does not suit the requested target, and exit with 2."""
        _stop(ConfigError([self.checked.mistake_at(key, diagnosis)]))


def load_settings(
    given: Mapping[str, Any],
    config_files: Sequence[str | Path],
    probe_files: bool,
    base_dir: Path | None = None,
    run: str = "",
) -> Settings:
    """Check configuration, sample sheet and input files.

    Args:
        given: configuration as Snakemake merged it.
        config_files: its files in increasing priority: the Snakefile's own, then those of
            ``--configfile`` in their order.
        probe_files: also check the input files and whether the assembler is installed; for the
            main process only, as jobs parse the Snakefile again.
        base_dir: folder that relative paths start from; None for the working directory.
        run: identity of the run, which publishes its results.

    Raises:
        ConfigError: if there are mistakes; it contains all of them.
    """
    base_dir = Path.cwd() if base_dir is None else base_dir
    checked = check_config(given, [Path(path) for path in config_files], base_dir)
    mistakes = checked.mistakes
    is_storage_valid = all(not mistake.key.startswith("storage") for mistake in mistakes)
    objects = InputObjects(storage_of(checked.config) if is_storage_valid else None)
    sheet = _usable_path(checked, ("samples",), "sample sheet", base_dir)
    if probe_files:
        objects.look_at(_addresses(checked))
        for key, kind in _FILES:
            if mistake := _wrong_file(checked, key, kind, base_dir, objects):
                mistakes.append(mistake)
        if diagnosis := _wrong_target(checked, objects, run):
            mistakes.append(checked.mistake_at(("results_uri",), diagnosis))
        if diagnosis := _missing_assembler(checked):
            mistakes.append(checked.mistake_at(_ASSEMBLE, diagnosis))
    units: list[Unit] = []
    if sheet is not None:
        units, of_sheet = read_sample_sheet(sheet, base_dir, probe_files, objects)
        mistakes.extend(of_sheet)
    if units and (diagnosis := _truth_of_demo(checked.config["truth"], units)):
        mistakes.append(checked.mistake_at(("truth",), diagnosis))
    if mistakes:
        raise ConfigError(mistakes)
    return Settings(checked, tuple(units), objects.of_run())


def settings_or_exit(
    given: Mapping[str, Any],
    config_files: Sequence[str | Path],
    probe_files: bool,
    base_dir: Path | None = None,
    run: str = "",
) -> Settings:
    """Call ``load_settings``; if there are mistakes, print them to stderr and exit with 2."""
    try:
        return load_settings(given, config_files, probe_files, base_dir, run)
    except ConfigError as error:
        _stop(error)


def exit_if_unreadable(config_file: str | Path) -> None:
    """Exit with 2 if a config file is not valid YAML.

    To be called before ``configfile:``, which reports neither line nor cause of such an error.
    """
    if Path(config_file).exists():
        file = read_config_file(Path(config_file), Path.cwd())
        if file.mistakes and not file.entries:
            _stop(ConfigError(file.mistakes))


def exit_if_unsupported(folder: Path, where: str, what_to_do: str) -> None:
    """Exit with 2 if Snakemake would replace a part of the path of a folder.

    Args:
        folder: one that holds files of rules.
        where, what_to_do: for the message.
    """
    from snakemake.pathvars import PATHVAR_REGEX

    if re.search("[{}]", str(folder)) or PATHVAR_REGEX.search(str(folder)):
        expected = "a path without braces and <names>, which Snakemake would replace"
        diagnosis = Diagnosis(f'the folder "{folder}"', expected, what_to_do)
        _stop(ConfigError([Mistake(where, None, "", diagnosis)]))


def _stop(error: ConfigError) -> NoReturn:
    # Not a WorkflowError: Snakemake would prepend the Snakefile's line and exit with 1.
    sys.stderr.write(f"{error}\n")
    sys.exit(2)


def _usable_path(checked: CheckedConfig, key: KeyPath, kind: str, base_dir: Path) -> Path | None:
    """Return the path in a setting; if there is no such file, add a mistake and return None."""
    if not checked.is_valid(key) or not _is_input(checked.config, key):
        return None
    written = lookup(checked.config, key)
    if key == ("samples",):
        diagnosis = unsupported_url(written)  # Snakemake does not see the path of the sheet
    else:
        diagnosis = unsupported_path(written, key in FETCHED_FILES)
    if diagnosis is None and not (base_dir / written).is_file():
        diagnosis = missing_file(written, kind, base_dir)
    if diagnosis is not None:
        checked.mistakes.append(checked.mistake_at(key, diagnosis))
        return None
    return Path(written)


def _wrong_target(checked: CheckedConfig, objects: InputObjects, run: str) -> Diagnosis | None:
    """Return why the run may not publish its results where they shall be."""
    target = lookup(checked.config, ("results_uri",))
    is_wanted = checked.is_valid(("results_uri",)) and target is not None
    return objects.wrong_target(target, run) if is_wanted else None


def _addresses(checked: CheckedConfig) -> list[str]:
    """Return the objects that settings name, in the right form."""
    keys = [key for key in FETCHED_FILES if checked.is_valid(key)]
    paths = [lookup(checked.config, key) for key in keys if _is_input(checked.config, key)]
    return [path for path in paths if is_object(path) and not unsupported_path(path)]


def _wrong_file(
    checked: CheckedConfig, key: KeyPath, kind: str, base_dir: Path, objects: InputObjects
) -> Mistake | None:
    """Check the file, or the start of the object, that a setting contains."""
    written = lookup(checked.config, key)
    if written not in _addresses(checked):
        path = _usable_path(checked, key, kind, base_dir)
        return None if path is None else _wrong_content(checked, key, path, base_dir)
    start = objects.start(written)
    if start is None or isinstance(start, Diagnosis):
        diagnosis = start
    else:
        diagnosis = probe_truth(start) if key == ("truth",) else probe_sequences(start, kind)
    return diagnosis and checked.mistake_at(key, diagnosis)


def _wrong_content(
    checked: CheckedConfig, key: KeyPath, path: Path, base_dir: Path
) -> Mistake | None:
    """Check the content of the file that a setting contains."""
    if key == ("truth",):
        diagnosis = probe_truth(base_dir / path)
        return diagnosis and checked.mistake_at(key, diagnosis)
    if key == ("cluster", "start_embedding"):
        diagnosis = probe_embedding(base_dir / path, base_dir / LEARNED_EMBEDDING)
        return diagnosis and checked.mistake_at(key, diagnosis)
    name = ".".join(key)
    if key == ("reference",):
        return check_reference_file(str(path), base_dir, name)
    if key == ("cluster", "names"):
        return check_search_file(str(path), base_dir, name)
    if not all(map(checked.is_valid, _ALPHABET)):
        return None
    search = checked.config["search"]
    matrix = search["protein"]["matrix"] if search["alphabet"] == "protein" else None
    return check_search_file(str(path), base_dir, name, matrix)


def _missing_assembler(checked: CheckedConfig) -> Diagnosis | None:
    """Return the diagnosis of an assembler that is not installed."""
    if not checked.is_valid(_ASSEMBLE) or (name := lookup(checked.config, _ASSEMBLE)) is None:
        return None
    problem = ASSEMBLERS[name].problem()
    return Diagnosis(*problem) if problem else None


def _is_input(config: Mapping[str, Any], key: KeyPath) -> bool:
    """Return whether a setting contains the path of a file that the run reads."""
    if key == ("search", "database"):
        search = config["search"]
        return search["query"] is not None and search["database"] != READS
    if key == ("cluster", "start_embedding") and config["cluster"]["method"] != "genomes":
        return False
    return isinstance(lookup(config, key), str)


def _truth_of_demo(truth: object, units: Sequence[Unit]) -> Diagnosis | None:
    """Return the diagnosis of the demo's truth table that is set for other reads."""
    if not isinstance(truth, str) or Path(truth).parts[:1] != (DEMO_FOLDER,):
        return None
    if any(Path(unit.fastq_1).parts[:1] == (DEMO_FOLDER,) for unit in units):
        return None
    expected = "the truth of the reads in the sample sheet"
    return Diagnosis(f'"{truth}", the truth of the demo', expected, "write truth: null")
