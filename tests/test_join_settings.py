"""Settings find the pairs that they promise to find."""

import pytest

from join_settings import SETTINGS, settings_for
from kernels.collision_probability import collision_probability


@pytest.mark.parametrize("error_rate", SETTINGS)
def test_overlaps_of_75_bp_share_a_key(error_rate):
    found = SETTINGS[error_rate]
    probability = collision_probability(
        75, found.key_k, error_rate, found.key_fraction, found.min_votes
    )
    assert probability >= (0.98 if error_rate <= 0.02 else 0.92)


@pytest.mark.parametrize("error_rate", SETTINGS)
def test_mismatches_that_are_allowed_are_far_above_those_expected(error_rate):
    """Two reads differ in about twice as many bases; 75 bp with so many are kept nearly always."""
    allowed = SETTINGS[error_rate].max_mismatch_rate
    both = 2 * error_rate
    deviation = (both * (1 - both) / 75) ** 0.5
    assert allowed - both > 2 * deviation


def test_rates_between_take_the_next_higher_line():
    rates = sorted(SETTINGS)
    assert list(SETTINGS) == rates
    assert settings_for(0) == SETTINGS[rates[0]]
    for lower, rate in zip([0, *rates], rates, strict=False):
        assert settings_for(rate) == settings_for((lower + rate) / 2) == SETTINGS[rate]


@pytest.mark.parametrize("rate", [-0.001, 0.0501, 1, float("nan"), float("inf")])
def test_rates_outside_are_refused(rate):
    with pytest.raises(ValueError, match=r"expected_error_rate: found .*, expected 0 to 0\.05"):
        settings_for(rate)
