"""What is left to the error rate gets its value; what is written stays."""

import copy

import pytest

from readkin import presets as join_settings
from rules.settings.config_schema import load_schema, with_defaults
from rules.settings.error_rate import SECTION_OF, fill_in


def config_with(**given):
    return with_defaults(load_schema("config.schema.yaml"), given)


def test_every_setting_of_the_join_has_its_section():
    assert set(SECTION_OF) == set(join_settings.JoinSettings._fields)
    config = config_with()
    assert all(config[section][name] is None for name, section in SECTION_OF.items())


@pytest.mark.parametrize("rate", [0, 0.01, 0.012, 0.05])
@pytest.mark.parametrize("scheme", join_settings.SETTINGS)
def test_null_settings_are_filled_in(rate, scheme):
    config = config_with(expected_error_rate=rate, embed={"key_scheme": scheme})
    before = copy.deepcopy(config)
    fill_in(config)
    suitable = join_settings.settings_for(rate, scheme)
    for name, section in SECTION_OF.items():
        assert config[section][name] == getattr(suitable, name)
        before[section].pop(name)
        config[section].pop(name)
    assert config == before


def test_what_is_written_stays():
    given = {"embed": {"key_k": 21}, "pairs": {"min_votes": 7}}
    config = config_with(expected_error_rate=0.05, **given)
    fill_in(config)
    assert (config["embed"]["key_k"], config["pairs"]["min_votes"]) == (21, 7)
    suitable = join_settings.settings_for(0.05, config["embed"]["key_scheme"])
    assert config["embed"]["key_fraction"] == suitable.key_fraction


@pytest.mark.parametrize("rate", [-0.01, 0.3, "much", None, [1], float("nan")])
def test_wrong_rates_change_nothing(rate):
    config = config_with()
    config["expected_error_rate"] = rate
    before = repr(config)
    fill_in(config)
    assert repr(config) == before


@pytest.mark.parametrize("scheme", ["minimizer", None, []])
def test_wrong_schemes_change_nothing(scheme):
    config = config_with()
    config["embed"]["key_scheme"] = scheme
    before = repr(config)
    fill_in(config)
    assert repr(config) == before


@pytest.mark.parametrize("section", ["embed", "pairs"])
def test_a_section_that_is_none_is_left_to_the_check(section):
    config = config_with()
    config[section] = 5
    fill_in(config)
    assert config[section] == 5
    other = {"embed": "pairs", "pairs": "embed"}[section]
    assert all(config[other][name] is not None for name in SECTION_OF if SECTION_OF[name] == other)
