"""Windows of the pieces of clusters: queries by which a search names the clusters."""

from dataclasses import dataclass

import numpy as np

from readkin.formats.pieces import Pieces
from readkin.kernels.sequences.sequences import Sequences

WINDOW_BP = 1000
SHORTEST_BP = 300


@dataclass(frozen=True, eq=False, kw_only=True)
class Windows:
    """Windows of pieces.

    Attributes:
        cluster: int64 (w,), cluster of each window, from 1; ascending.
        piece: int64 (w,).
        first, end: int64 (w,), bounds in the piece, bp.
    """

    cluster: np.ndarray
    piece: np.ndarray
    first: np.ndarray
    end: np.ndarray

    def __len__(self) -> int:
        return len(self.cluster)

    def sequences(self, pieces: Pieces) -> Sequences:
        """Return the consensus of each window."""
        whole = Sequences(pieces.consensus, pieces.consensus_offsets)
        return whole.segments(self.piece, self.first, self.end)

    def rows(self, chosen: np.ndarray) -> "Windows":
        """Return the windows ``chosen``."""
        return Windows(
            cluster=self.cluster[chosen],
            piece=self.piece[chosen],
            first=self.first[chosen],
            end=self.end[chosen],
        )


def windows_of_clusters(pieces: Pieces, cluster: np.ndarray, most: int) -> Windows:
    """Cut the pieces of all clusters into windows of at most WINDOW_BP, of equal length in a piece.

    Args:
        pieces: p pieces.
        cluster: int64 (p,), cluster of each piece, from 1; 0: leave it out.
        most: windows of one cluster; of more of them some are chosen at equal distances.
    """
    chosen = np.flatnonzero((cluster > 0) & (pieces.span >= SHORTEST_BP))
    chosen = chosen[np.argsort(cluster[chosen], kind="stable")]
    span = pieces.span[chosen].astype(np.int64)
    number = -(-span // WINDOW_BP)
    row = np.repeat(np.arange(len(chosen)), number)
    inside = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    windows = Windows(
        cluster=cluster[chosen][row].astype(np.int64),
        piece=chosen[row],
        first=span[row] * inside // number[row],
        end=span[row] * (inside + 1) // number[row],
    )
    return windows.rows(_evenly(windows.cluster, most))


def _evenly(cluster: np.ndarray, most: int) -> np.ndarray:
    """Return at most ``most`` rows of each cluster, at equal distances; int64, ascending."""
    starts = np.flatnonzero(np.diff(cluster, prepend=-1))
    counts = np.diff(np.append(starts, len(cluster)))
    kept = [
        start + np.arange(min(count, most)) * count // min(count, most)
        for start, count in zip(starts.tolist(), counts.tolist(), strict=True)
    ]
    return np.concatenate([*kept, np.zeros(0, np.int64)]).astype(np.int64)
