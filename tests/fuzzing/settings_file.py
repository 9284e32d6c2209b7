"""Config files: accepted settings have the values of the text, refused ones have file and line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from fuzzing.mutations import mutated
from rules.settings.files import read_config_file
from rules.settings.mistakes import COMMAND_LINE, ConfigError
from rules.settings.schema import load_schema
from rules.settings.settings import load_settings

SHEET = "sample\tunit\tfastq_1\ns\tu\ta.fq\n"
ODD_VALUES = st.one_of(
    st.sampled_from((None, True, 0, 1, -1, 0.5, 1e300, float("nan"), float("inf"), 10**30)),
    st.sampled_from(("", " ", "a.fq", "yes", "1e-3", "{x}", "%s", "$HOME", "'", '"', "ä")),
    st.sampled_from(("a\nb", "\x00", [], ["a"], {}, {"a": 1})),
)


def write_inputs(folder: Path) -> None:
    """Write a sample sheet and its FASTQ file into a folder."""
    (folder / "samples.tsv").write_text(SHEET)
    (folder / "a.fq").write_text("@r\nACGTACGTAC\n+\nIIIIIIIIII\n")


def _value(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a setting, most of them valid."""
    if "enum" in schema:
        return st.one_of(st.sampled_from(schema["enum"]), ODD_VALUES)
    low, high = schema.get("minimum", -10), schema.get("maximum", 10_000)
    return st.one_of(st.just(schema.get("default")), st.integers(int(low), int(high)), ODD_VALUES)


@st.composite
def config_texts(draw: st.DrawFn) -> bytes:
    """Draw the text of a config file."""
    schema = load_schema("config.schema.yaml")["properties"]
    config: dict[str, Any] = {"samples": "samples.tsv", "truth": None}
    for name in draw(st.lists(st.sampled_from(sorted(schema)), max_size=3, unique=True)):
        if schema[name].get("type") != "object":
            config[name] = draw(_value(schema[name]))
            continue
        keys = schema[name]["properties"]
        chosen = draw(st.lists(st.sampled_from(sorted(keys)), max_size=3, unique=True))
        config[name] = {key: draw(_value(keys[key])) for key in chosen}
    text = yaml.safe_dump(config, allow_unicode=True, sort_keys=False)
    return draw(mutated(text.encode()))


def check_config(folder: Path, text: bytes) -> bool:
    """Load a config file as the Snakefile does; return whether it is accepted.

    Raises:
        AssertionError: if accepted settings have other values, or a mistake has no position.
    """
    (folder / "config.yaml").write_bytes(text)
    file = read_config_file(Path("config.yaml"), folder)
    if file.mistakes and not file.entries:
        _check_mistakes(folder, ConfigError(file.mistakes))
        return False
    given = yaml.load(text.decode("utf-8-sig"), yaml.FullLoader)
    try:
        settings = load_settings(given, ["config.yaml"], probe_files=True, base_dir=folder)
    except ConfigError as error:
        _check_mistakes(folder, error)
        return False
    _check_values(given, settings.config)
    return True


def _check_mistakes(folder: Path, error: ConfigError) -> None:
    assert error.mistakes
    for mistake in error.mistakes:
        assert mistake.file == COMMAND_LINE or (folder / mistake.file).is_file(), mistake
        assert "\n" not in str(mistake), mistake


def _check_values(given: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    for key, value in given.items():
        if isinstance(value, Mapping):
            _check_values(value, config[key])
        elif str(value).strip() not in ("None", "null", ""):  # null: a preset may replace it
            assert config[key] == value or _text(config[key]) == _text(value), key


def _text(value: object) -> str:
    """Return numbers as numbers, even if quotes make them text, and other text without blanks."""
    text = str(value).strip()
    try:
        return str(float(text))
    except ValueError:
        return {"yes": "True", "no": "False", "on": "True", "off": "False"}.get(text, text)
