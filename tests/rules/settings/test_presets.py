"""Null settings take the preset of the error rate; set ones are kept."""

import copy

import pytest

from readkin.presets import SETTINGS, JoinSettings, settings_for
from rules.settings.schema import (
    SECTION_OF_PRESET,
    fill_in_presets,
    load_schema,
    with_defaults,
)


def config_with(**given):
    return with_defaults(load_schema("config.schema.yaml"), given)


def test_every_setting_of_the_join_has_its_section():
    assert set(SECTION_OF_PRESET) == set(JoinSettings._fields)
    config = config_with()
    assert all(config[section][name] is None for name, section in SECTION_OF_PRESET.items())


@pytest.mark.parametrize("rate", [0, 0.01, 0.012, 0.05])
@pytest.mark.parametrize("scheme", SETTINGS)
def test_null_settings_are_filled_in(rate, scheme):
    config = config_with(expected_error_rate=rate, embed={"key_scheme": scheme})
    before = copy.deepcopy(config)
    fill_in_presets(config)
    preset = settings_for(rate, scheme)
    for name, section in SECTION_OF_PRESET.items():
        assert config[section][name] == getattr(preset, name)
        before[section].pop(name)
        config[section].pop(name)
    assert config == before


def test_set_values_are_kept():
    given = {"embed": {"key_k": 21}, "pairs": {"min_votes": 7}}
    config = config_with(expected_error_rate=0.05, **given)
    fill_in_presets(config)
    assert (config["embed"]["key_k"], config["pairs"]["min_votes"]) == (21, 7)
    preset = settings_for(0.05, config["embed"]["key_scheme"])
    assert config["embed"]["key_fraction"] == preset.key_fraction


@pytest.mark.parametrize("rate", [-0.01, 0.3, "much", None, [1], float("nan")])
def test_wrong_rates_change_nothing(rate):
    config = config_with()
    config["expected_error_rate"] = rate
    before = repr(config)
    fill_in_presets(config)
    assert repr(config) == before


@pytest.mark.parametrize("scheme", ["minimizer", None, []])
def test_wrong_schemes_change_nothing(scheme):
    config = config_with()
    config["embed"]["key_scheme"] = scheme
    before = repr(config)
    fill_in_presets(config)
    assert repr(config) == before


@pytest.mark.parametrize("section", ["embed", "pairs"])
def test_a_value_instead_of_a_section_is_kept(section):
    config = config_with()
    config[section] = 5
    fill_in_presets(config)
    assert config[section] == 5
    other = {"embed": "pairs", "pairs": "embed"}[section]
    assert all(
        config[other][name] is not None
        for name in SECTION_OF_PRESET
        if SECTION_OF_PRESET[name] == other
    )
