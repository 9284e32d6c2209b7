"""The shipped config.yaml and samples.tsv agree with the schemas."""

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from docs.pages.config_readme import settings
from rules.settings.files import read_config_file
from rules.settings.sample_sheet import read_sample_sheet
from rules.settings.schema import CONFIG_FOLDER, default_of, load_schema, types_of
from support.config_leaves import leaves

SCHEMAS = ("config.schema.yaml", "samples.schema.yaml")
# The shipped configuration runs the demo. Its truth table is not the default, which would apply to
# everybody who leaves the line out.
OF_THE_DEMO = {"truth": "demo/truth.tsv.gz"}


def defaults() -> dict[str, object]:
    schema = load_schema("config.schema.yaml")
    return {
        key: part["default"] for key, part in settings(schema) if "object" not in types_of(part)
    }


def test_config_lists_every_key_with_its_default():
    found = leaves(yaml.safe_load((CONFIG_FOLDER / "config.yaml").read_text()))
    expected = defaults() | OF_THE_DEMO
    assert list(found) == list(expected)
    assert found == expected


def test_config_comments_state_default_unit_and_reason():
    lines = (CONFIG_FOLDER / "config.yaml").read_text().splitlines()
    entries = read_config_file(Path("config.yaml"), CONFIG_FOLDER).entries
    for key, part in settings(load_schema("config.schema.yaml")):
        if "object" in types_of(part):
            continue
        number = entries[tuple(key.split("."))].line
        here, above = lines[number - 1].partition(" # ")[2], lines[number - 2].strip()
        comment = here or above.removeprefix("# ")
        unit = f", {part['unit']}" if "unit" in part else ""
        assert re.match(re.escape(f"default {default_of(part)}{unit}: ") + r"\w", comment), key


def test_config_names_its_schema():
    first = (CONFIG_FOLDER / "config.yaml").read_text().splitlines()[0]
    name = first.removeprefix("# yaml-language-server: $schema=")
    assert (CONFIG_FOLDER / name).is_file()


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_closed_and_complete(name: str):
    schema = load_schema(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    for key, part in [("", schema), *settings(schema)]:
        assert part["description"].endswith("."), key
        if "object" in types_of(part):
            assert part["additionalProperties"] is False, key
        elif "integer" in types_of(part) or "number" in types_of(part):
            assert {"minimum", "exclusiveMinimum"} & set(part), key
            assert "maximum" in part, key
        elif part.get("unit") != "path" and "boolean" not in types_of(part):
            assert "enum" in part or {"pattern", "form", "maxLength"} <= set(part), key


def test_defaults_are_allowed():
    schema = load_schema("config.schema.yaml")
    for key, part in settings(schema):
        if "default" in part:
            jsonschema.Draft202012Validator(part).validate(part["default"])
        else:
            assert "object" in types_of(part), key


def test_shipped_sheet_is_the_demo():
    units, mistakes = read_sample_sheet(
        CONFIG_FOLDER / "samples.tsv", CONFIG_FOLDER.parent, probe_files=False
    )
    assert mistakes == []
    assert [unit.name for unit in units] == ["day1.lane1", "day8.lane1"]
    assert all(unit.is_paired for unit in units)
