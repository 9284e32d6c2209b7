"""Settings of the keys and the join that suit reads with an expected share of wrong bases.

A k-mer is alike in two reads with probability (1 - e)**(2k): the more errors, the shorter the
k-mers and the more of them are keys. So many are keys that two reads which overlap by 75 bp share
one with a probability of 0.99 (0.5 % errors) to 0.9 (5 %): docs/error-rates.md, computed by
kernels/kmers/collision_probability.py. Plain data, so that the rules can read it as well.
"""

from typing import NamedTuple


class JoinSettings(NamedTuple):
    """What follows from the error rate.

    Attributes:
        key_k: length of a key, bp.
        key_fraction: share of k-mers that are keys.
        min_votes: keys that a pair shares at least.
        max_mismatch_rate: unequal bases in the overlap of a pair, share.
    """

    key_k: int
    key_fraction: float
    min_votes: int
    max_mismatch_rate: float


# Scheme of the keys: highest error rate: settings. Chosen on one genome, reported on others
# (`make bench-pairs`).
SETTINGS = {
    "open_syncmer": {
        0.005: JoinSettings(18, 0.067, 1, 0.055),
        0.01: JoinSettings(16, 0.077, 1, 0.07),
        0.02: JoinSettings(15, 0.143, 1, 0.10),
        0.03: JoinSettings(15, 0.2, 1, 0.13),
        0.05: JoinSettings(14, 0.333, 1, 0.19),
    },
    "fracminhash": {
        0.005: JoinSettings(16, 0.12, 1, 0.055),
        0.01: JoinSettings(16, 0.15, 1, 0.07),
        0.02: JoinSettings(15, 0.25, 1, 0.10),
        0.03: JoinSettings(15, 0.4, 1, 0.13),
        0.05: JoinSettings(14, 0.6, 1, 0.19),
    },
}


def settings_for(expected_error_rate: float, scheme: str) -> JoinSettings:
    """Settings for reads of which this share of bases is wrong, with keys chosen by a scheme.

    Raises:
        ValueError: for a rate below 0 or above the highest one known.
    """
    of_scheme = SETTINGS[scheme]
    for highest, settings in of_scheme.items():
        if 0 <= expected_error_rate <= highest:
            return settings
    raise ValueError(
        f"expected_error_rate: found {expected_error_rate}, expected 0 to {max(of_scheme)}"
    )
