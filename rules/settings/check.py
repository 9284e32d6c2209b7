"""Check of the configuration against its schema and of its settings against each other."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from rules.settings.files import ConfigFile, KeyPath, read_config_file
from rules.settings.mistakes import COMMAND_LINE, Diagnosis, Mistake, did_you_mean, listed
from rules.settings.relations import RELATIONS, Relation
from rules.settings.schema import (
    Schema,
    as_written,
    default_of,
    fill_in_presets,
    in_words,
    load_schema,
    types_of,
    with_defaults,
)

_IN_PROFILE = "threads, memory and partitions belong to the profile"
_NOT_SETTINGS = {"pathvars": "the folders of output are fixed"} | dict.fromkeys(
    ("cores", "cpus", "jobs", "mem_mb", "memory", "partition", "resources", "runtime", "threads"),
    _IN_PROFILE,
)


class CheckedConfig(NamedTuple):
    """The configuration as the workflow uses it, and its mistakes.

    Attributes:
        config: all settings in the schema's order, with defaults.
        given: settings as Snakemake merged them.
        files: config files in increasing priority.
        mistakes: all mistakes; ``config`` must not be used if there are any.
    """

    config: dict[str, Any]
    given: Mapping[str, Any]
    files: list[ConfigFile]
    mistakes: list[Mistake]

    def position_of(self, key: KeyPath) -> tuple[str, int | None]:
        """Return the file and the line that set ``key``; the line is None if no line did."""
        value = lookup(self.given, key)
        for file in reversed(self.files):
            if key in file.entries:
                entry = file.entries[key]
                both_sections = isinstance(value, Mapping) and isinstance(entry.value, Mapping)
                if both_sections or repr(value) == repr(entry.value):  # .nan is not equal to .nan
                    return file.name, entry.line
        if value is not _ABSENT or not self.files:
            return COMMAND_LINE, None
        return self.files[-1].name, None

    def mistake_at(self, key: KeyPath, diagnosis: Diagnosis) -> Mistake:
        """Return the mistake of the setting ``key``."""
        file, line = self.position_of(key)
        return Mistake(file, line, ".".join(key), diagnosis)

    def is_valid(self, key: KeyPath) -> bool:
        """Return whether neither ``key`` nor its section has a mistake."""
        wrong = {mistake.key for mistake in self.mistakes}
        return not any(".".join(key[:end]) in wrong for end in range(1, len(key) + 1))


_ABSENT = object()


def check_config(
    given: Mapping[str, Any], config_files: Sequence[Path], base_dir: Path
) -> CheckedConfig:
    """Check the configuration and the YAML of its files.

    Args:
        given: configuration as Snakemake merged it.
        config_files: its files in increasing priority; missing ones are ignored.
        base_dir: working directory, which relative paths start from.
    """
    import jsonschema

    schema = load_schema("config.schema.yaml")
    existing = {(base_dir / path).resolve(): path for path in config_files}
    files = [read_config_file(path, base_dir) for file, path in existing.items() if file.exists()]
    checked = CheckedConfig(with_defaults(schema, given), given, files, [])
    checked.mistakes.extend(chain.from_iterable(file.mistakes for file in files))
    seen = set()
    for error in jsonschema.Draft202012Validator(schema).iter_errors(checked.config):
        key = tuple(map(str, error.absolute_path))
        if error.validator == "additionalProperties":
            unknown = [name for name in error.instance if name not in error.schema["properties"]]
            for name in map(str, unknown):
                diagnosis = _unknown_key(schema, error.schema, name)
                checked.mistakes.append(checked.mistake_at((*key, name), diagnosis))
        elif key not in seen:
            seen.add(key)
            diagnosis = _wrong_value(error.schema, error.instance)
            checked.mistakes.append(checked.mistake_at(key, diagnosis))
    fill_in_presets(checked.config)
    for relation in RELATIONS:
        checked.mistakes.extend(_violation(checked, relation))
    return checked


def lookup(config: Any, key: KeyPath) -> Any:
    """Return the value of ``key``; ``_ABSENT`` if it has none."""
    for name in key:
        if not isinstance(config, Mapping):
            return _ABSENT
        # YAML keys may be numbers; key paths contain them as text.
        config = {str(known): value for known, value in config.items()}.get(name, _ABSENT)
    return config


def _unknown_key(root: Schema, section: Schema, name: str) -> Diagnosis:
    """Return the diagnosis of a key that ``section`` does not have."""
    expected = "one of the keys " + listed(section["properties"])
    homes = _sections_with(name, section) or _sections_with(name, root)
    above, _, below = name.partition(".")
    if below and above in _sections_with(below.partition(".")[0], section):
        what_to_do = f"write `{below}` indented below `{above}:`"
    elif near := did_you_mean(name, section["properties"]):
        what_to_do = f"did you mean `{near}`?"
    elif homes:
        what_to_do = f"write it indented below {listed(f'`{home}:`' for home in homes)}"
    elif name in _NOT_SETTINGS:
        what_to_do = f"delete it: {_NOT_SETTINGS[name]}"
    elif section is not root and name in root["properties"]:
        what_to_do = "write it without indentation, as it belongs to no section"
    else:
        what_to_do = "delete it or correct its name"
    return Diagnosis("an unknown key", expected, what_to_do)


def _sections_with(name: str, schema: Schema) -> list[str]:
    """Return the sections directly below ``schema`` that have this key."""
    sections = {key: part for key, part in schema["properties"].items() if "properties" in part}
    return [key for key, part in sections.items() if name in part["properties"]]


def _wrong_value(schema: Schema, value: object) -> Diagnosis:
    """Return the diagnosis of a value that ``schema`` does not allow."""
    return Diagnosis(as_written(value), in_words(schema), _what_to_do(schema, value))


def _what_to_do(schema: Schema, value: object) -> str:
    types = types_of(schema)
    if "object" in types:
        return "write its keys on the lines below, indented by two spaces"
    if value is None:
        return f"write a value, or delete the line for the default {default_of(schema)}"
    if isinstance(value, Mapping | list):
        return "write one value"
    if isinstance(value, str):
        return _what_to_do_with_text(schema, value)
    if "string" in types:
        hint = " (without quotes yes, no, on and off mean true and false)"
        return f'write it in quotes: "{value}"' + (hint if isinstance(value, bool) else "")
    if isinstance(value, bool):
        return "write a number (yes, no, on and off mean true and false)"
    if "boolean" in types:
        return "write true or false"
    return f"choose a value in that range; the default is {default_of(schema)}"


def _what_to_do_with_text(schema: Schema, value: str) -> str:
    if "enum" in schema and (near := did_you_mean(value, map(str, schema["enum"]))):
        return f"did you mean `{near}`?"
    if {"integer", "number"} & set(types_of(schema)):
        return f"write a number; the default is {default_of(schema)}"
    if "pattern" in schema and fits(schema, value.upper()):
        return f"write {value.upper()}"
    return f"the default is {default_of(schema)}"


def fits(schema: Schema, value: object) -> bool:
    """Return whether ``schema`` allows ``value``."""
    import jsonschema

    return jsonschema.Draft202012Validator(schema).is_valid(value)


def _violation(checked: CheckedConfig, relation: Relation) -> list[Mistake]:
    """Return the mistake that ``relation`` finds, if any; none if a value is wrong by itself."""
    keys = [tuple(name.split(".")) for name in (relation.key, *relation.others)]
    if not relation.applies(lambda name: lookup(checked.config, tuple(name.split(".")))):
        return []
    if not all(map(checked.is_valid, keys)):
        return []
    values = [lookup(checked.config, key) for key in keys]
    # A null that follows from the error rate remains null if that rate is wrong.
    if None in values or relation.holds(*values):
        return []
    partners = [
        f"{name} {as_written(value)}{_position_in_words(checked, key)}"
        for name, value, key in zip(relation.others, values[1:], keys[1:], strict=True)
    ]
    found = f"{as_written(values[0])} with {listed(partners, 'and')}"
    # The message refers to a default only if the user set none of the values.
    set_by_user = next((key for key in keys if lookup(checked.given, key) is not _ABSENT), keys[0])
    file, line = checked.position_of(set_by_user)
    expected = relation.expected
    words = expected if isinstance(expected, str) else expected(*values)
    return [Mistake(file, line, relation.key, Diagnosis(found, words, relation.what_to_do))]


def _position_in_words(checked: CheckedConfig, key: KeyPath) -> str:
    file, line = checked.position_of(key)
    if line is not None:
        return f" ({file}:{line})"
    return " (default)" if lookup(checked.given, key) is _ABSENT else f" ({file})"
