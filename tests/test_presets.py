"""The presets find the documented share of pairs."""

import pytest

from readkin.kernels.kmers.collision_probability import (
    collision_probability,
    simulated_collision_probability,
)
from readkin.kernels.kmers.signatures import KEY_SCHEMES, KeySettings
from readkin.presets import SETTINGS, settings_for

RATES = (0.005, 0.01, 0.02, 0.03, 0.05)
LEAST = 0.98, 0.98, 0.98, 0.95, 0.9


@pytest.mark.parametrize(("error_rate", "least"), list(zip(RATES, LEAST, strict=True)))
def test_overlaps_of_75_bp_share_a_key(error_rate, least):
    found = settings_for(error_rate, "fracminhash")
    assert found.min_votes == 1
    assert collision_probability(75, found.key_k, error_rate, found.key_fraction) >= least
    found = settings_for(error_rate, "open_syncmer")
    assert found.min_votes == 1
    keys = KeySettings(found.key_k, found.key_fraction, 1, "open_syncmer")
    assert simulated_collision_probability(75, error_rate, keys) >= least


@pytest.mark.parametrize("scheme", SETTINGS)
@pytest.mark.parametrize("error_rate", RATES)
def test_mismatches_that_are_allowed_are_far_above_those_expected(error_rate, scheme):
    """Two reads differ in about twice the error rate; nearly all such overlaps of 75 bp pass."""
    allowed = settings_for(error_rate, scheme).max_mismatch_rate
    both = 2 * error_rate
    deviation = (both * (1 - both) / 75) ** 0.5
    assert allowed - both > 2 * deviation


@pytest.mark.parametrize("scheme", KEY_SCHEMES)
def test_rates_in_between_use_the_next_higher_rate(scheme):
    of_scheme = SETTINGS[scheme]
    assert tuple(of_scheme) == RATES
    assert settings_for(0, scheme) == of_scheme[RATES[0]]
    for lower, rate in zip([0, *RATES], RATES, strict=False):
        between = settings_for((lower + rate) / 2, scheme)
        assert settings_for(rate, scheme) == between == of_scheme[rate]


@pytest.mark.parametrize("rate", [-0.001, 0.0501, 1, float("nan"), float("inf")])
def test_rates_outside_are_rejected(rate):
    with pytest.raises(ValueError, match=r"expected_error_rate: found .*, expected 0 to 0\.05"):
        settings_for(rate, "open_syncmer")
