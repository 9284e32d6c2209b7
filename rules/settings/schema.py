"""Schemas of the settings: ranges in words, defaults, and text converted to the types they name."""

import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from readkin.presets import SETTINGS as PRESETS
from readkin.presets import settings_for
from rules.settings.mistakes import listed

CONFIG_FOLDER = Path(__file__).resolve().parents[2] / "config"
READS = "reads"
"""Value of `search.database` for the reads of all units."""

Schema = Mapping[str, Any]

# Settings that take the value of a preset where they are null, and their sections.
SECTION_OF_PRESET = {
    "key_k": "embed",
    "key_fraction": "embed",
    "min_votes": "pairs",
    "max_mismatch_rate": "pairs",
    "min_identity": "align",
}
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TRUE_WORDS, _FALSE_WORDS = ("true", "yes", "on"), ("false", "no", "off")
# "None" too: Snakemake passes an empty --config value to its jobs as this word.
_NULL_WORDS = ("", "~", "null", "none")


@cache
def load_schema(name: str) -> Schema:
    """Return the schema file ``name`` of config/ (JSON Schema draft 2020-12)."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((CONFIG_FOLDER / name).read_text(encoding="utf-8"), Loader=loader)


def types_of(schema: Schema) -> tuple[str, ...]:
    """Return the JSON types that ``schema`` allows."""
    types = schema["type"]
    return (types,) if isinstance(types, str) else tuple(types)


def in_words(schema: Schema) -> str:
    """Return the allowed values: ``a whole number from 4 to 31``, ``one of ONT or PACBIO`` ..."""
    types = types_of(schema)
    if "object" in types:
        return "a section with the keys " + listed(schema["properties"], "and")
    if "enum" in schema:
        choices = ["null" if choice is None else choice for choice in schema["enum"]]
        return f"one of {listed(choices)}" if len(choices) > 1 else str(choices[0])
    if "boolean" in types:
        return "true or false"
    if "integer" in types or "number" in types:
        kind = "a whole number" if "integer" in types else "a number"
        if "exclusiveMinimum" in schema:
            return f"{kind} above {schema['exclusiveMinimum']} and at most {schema['maximum']}"
        return f"{kind} from {schema['minimum']} to {schema['maximum']}"
    words = "a path" if schema.get("unit") == "path" else "text"
    if "form" in schema:
        shortest = schema.get("minLength", 1)
        words += f" of {schema['form']}, {shortest} to {schema['maxLength']} characters"
    return f"{words} or null" if "null" in types else words


def as_written(value: object) -> str:
    """Return a value as YAML shows it, for messages."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a section"
    if isinstance(value, list):
        return "a list"
    return f'"{value}"' if isinstance(value, str) else str(value)


def default_of(schema: Schema) -> str:
    """Return the default as it is written in config.yaml."""
    default = schema["default"]
    return "null" if default is None else as_written(default).strip('"')


def with_defaults(schema: Schema, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``settings`` in the schema's order with defaults, and text converted to its type.

    A section without keys takes its defaults. Unknown keys and values of a wrong type are kept
    unchanged for validation to find.
    """
    filled: dict[str, Any] = {}
    for key, part in schema["properties"].items():
        if "object" not in types_of(part):
            value = settings.get(key, part.get("default"))
            filled[key] = converted(value, part)
        else:
            section = settings.get(key)
            section = {} if section is None else section
            filled[key] = with_defaults(part, section) if isinstance(section, Mapping) else section
    return filled | {key: value for key, value in settings.items() if key not in filled}


def fill_in_presets(config: dict[str, Any]) -> None:
    """Replace null settings of keys, join and alignments by the preset for ``expected_error_rate``.

    A wrong rate or scheme changes nothing; validation reports it.
    """
    embed = config["embed"]
    scheme = embed["key_scheme"] if isinstance(embed, dict) else next(iter(PRESETS))
    try:
        preset = settings_for(config["expected_error_rate"], scheme)
    except (KeyError, TypeError, ValueError):
        return
    for name, section in SECTION_OF_PRESET.items():
        if isinstance(config[section], dict) and config[section][name] is None:
            config[section][name] = getattr(preset, name)


def converted(value: object, schema: Schema) -> object:
    """Return ``value`` as one of the types of ``schema`` if its meaning is unambiguous.

    ``--config trim='{min_quality: 15}'`` arrives as text, and YAML 1.1 reads 1e-2 as text, and the
    words yes and no as true and false. 1 and 1.0 become the same value, so that exchanging them
    reruns nothing.
    """
    types = types_of(schema)
    if isinstance(value, bool) and (word := "yes" if value else "no") in schema.get("enum", ()):
        return word
    if isinstance(value, str):
        value = _converted_text(value.strip(), types)
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)  # no range check catches .nan; as text it has the wrong type
        return int(value) if "integer" in types and value.is_integer() else value
    if isinstance(value, int) and not isinstance(value, bool) and "number" in types:
        return float(value) if abs(value) < 2**53 else value
    return value


def _converted_text(text: str, types: tuple[str, ...]) -> object:
    word = text.lower()
    if "null" in types and word in _NULL_WORDS:
        return None
    if "boolean" in types and word in _TRUE_WORDS + _FALSE_WORDS:
        return word in _TRUE_WORDS
    if "integer" in types and _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    if ("integer" in types or "number" in types) and _NUMBER.fullmatch(text):
        return float(text)
    return text
