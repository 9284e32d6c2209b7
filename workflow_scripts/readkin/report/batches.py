"""Tables in batches of rows, so that tables of any length fit into memory."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

ROWS_PER_BATCH = 1 << 20


def batches(table: pa.Table, names: Sequence[str]) -> Iterator[dict[str, np.ndarray]]:
    """Yield some columns of a table, at most ``ROWS_PER_BATCH`` rows at a time."""
    for batch in table.select(list(names)).to_batches(max_chunksize=ROWS_PER_BATCH):
        yield {name: batch.column(name).to_numpy(zero_copy_only=False) for name in names}
