"""config/*.schema.yaml: reading them, their words for a range, defaults, and text as numbers."""

import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from rules.settings.error_list import listed

CONFIG_FOLDER = Path(__file__).resolve().parents[2] / "config"

Schema = Mapping[str, Any]

_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TRUE_WORDS, _FALSE_WORDS = ("true", "yes", "on"), ("false", "no", "off")
# "None" too: Snakemake hands an empty --config value on to its jobs as this word.
_NULL_WORDS = ("", "~", "null", "none")


@cache
def load_schema(name: str) -> Schema:
    """The schema file ``name`` of config/ (JSON Schema draft 2020-12)."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((CONFIG_FOLDER / name).read_text(encoding="utf-8"), Loader=loader)


def types_of(schema: Schema) -> tuple[str, ...]:
    """JSON types that ``schema`` allows."""
    types = schema["type"]
    return (types,) if isinstance(types, str) else tuple(types)


def in_words(schema: Schema) -> str:
    """What a setting may be: ``a whole number from 4 to 31``, ``one of ONT or PACBIO`` ..."""
    types = types_of(schema)
    if "object" in types:
        return "a section with the keys " + listed(schema["properties"], "and")
    if "enum" in schema:
        choices = schema["enum"]
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
    """A value as YAML shows it, for messages."""
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
    """The default as one writes it."""
    default = schema["default"]
    return "null" if default is None else as_written(default).strip('"')


def with_defaults(schema: Schema, settings: Mapping[str, Any]) -> dict[str, Any]:
    """``settings`` in the schema's order, defaults filled in, text read as the type wanted.

    A section with nothing below it takes its defaults. Unknown keys and values of a wrong type
    are kept as they are, for validation to find.
    """
    filled: dict[str, Any] = {}
    for key, part in schema["properties"].items():
        if "object" not in types_of(part):
            value = settings.get(key, part.get("default"))
            filled[key] = _as_type(value, types_of(part))
        else:
            section = settings.get(key)
            section = {} if section is None else section
            filled[key] = with_defaults(part, section) if isinstance(section, Mapping) else section
    return filled | {key: value for key, value in settings.items() if key not in filled}


def _as_type(value: object, types: tuple[str, ...]) -> object:
    """``value`` as one of ``types`` where that is meant without doubt.

    ``--config trim='{min_quality: 15}'`` arrives as text, and YAML 1.1 reads 1e-2 as text. 1 and
    1.0 are made one, so that writing either reruns nothing.
    """
    if isinstance(value, str):
        value = _text_as_type(value.strip(), types)
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)  # no range check catches .nan; as text it has the wrong type
        return int(value) if "integer" in types and value.is_integer() else value
    if isinstance(value, int) and not isinstance(value, bool) and "number" in types:
        return float(value) if abs(value) < 2**53 else value
    return value


def _text_as_type(text: str, types: tuple[str, ...]) -> object:
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
