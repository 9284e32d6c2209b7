"""Settings of keys, join and alignments for an expected error rate of the reads.

A k-mer is the same in two reads with probability (1 - e)**(2k). With more errors, k-mers must be
shorter, and more of them must be keys. The share of keys is such that two reads with an overlap of
75 bp share a key with a probability between 0.99 (0.5 % errors) and 0.9 (5 %): see
docs/error-rates.md, computed by kernels/kmers/collision_probability.py. The module has plain data
only, so that the rules can import it as well.
"""

from typing import NamedTuple


class JoinSettings(NamedTuple):
    """Settings that follow from the error rate.

    Attributes:
        key_k: length of a key, bp.
        key_fraction: share of k-mers that are keys.
        min_votes: keys that a pair must share.
        max_mismatch_rate: largest share of unequal bases in the overlap of a pair.
        min_identity: least share of matches among the columns of an alignment.
    """

    key_k: int
    key_fraction: float
    min_votes: int
    max_mismatch_rate: float
    min_identity: float


# Settings by key scheme and highest error rate. They were chosen on one genome and are evaluated on
# others (`make bench-pairs`).
SETTINGS = {
    "open_syncmer": {
        0.005: JoinSettings(18, 0.067, 1, 0.055, 0.95),
        0.01: JoinSettings(16, 0.077, 1, 0.07, 0.95),
        0.02: JoinSettings(15, 0.143, 1, 0.10, 0.95),
        0.03: JoinSettings(15, 0.2, 1, 0.13, 0.9),
        0.05: JoinSettings(14, 0.333, 1, 0.19, 0.85),
    },
    "fracminhash": {
        0.005: JoinSettings(16, 0.12, 1, 0.055, 0.95),
        0.01: JoinSettings(16, 0.15, 1, 0.07, 0.95),
        0.02: JoinSettings(15, 0.25, 1, 0.10, 0.95),
        0.03: JoinSettings(15, 0.4, 1, 0.13, 0.9),
        0.05: JoinSettings(14, 0.6, 1, 0.19, 0.85),
    },
}


def settings_for(expected_error_rate: float, scheme: str) -> JoinSettings:
    """Return the settings for an expected error rate.

    Args:
        expected_error_rate: share of wrong bases, 0 to 0.05.
        scheme: of the keys, one of SETTINGS.

    Raises:
        ValueError: for a rate below 0 or above the highest known one.

    >>> settings_for(0.008, "open_syncmer")[:4]
    (16, 0.077, 1, 0.07)
    """
    of_scheme = SETTINGS[scheme]
    for highest, settings in of_scheme.items():
        if 0 <= expected_error_rate <= highest:
            return settings
    raise ValueError(
        f"expected_error_rate: found {expected_error_rate}, expected 0 to {max(of_scheme)}"
    )
