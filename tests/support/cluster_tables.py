"""Tables of reads with clusters for tests of the stages that read them."""

import numpy as np
import pyarrow as pa

from readkin.formats.alignments import Provenance
from readkin.formats.clusters import CLUSTERS, STATUSES, write_clusters


def write_read_clusters(
    folder, ids, clusters, confidence=1.0, reads_fingerprint="none", method="genomes", **columns
):
    """Write clusters.parquet and clusters.tsv; reads of at least 0.8 are placed.

    Args:
        folder: of both files.
        ids: of the reads.
        clusters: number of the cluster of each read; 0 for none.
        confidence: of each read, or of all.
        reads_fingerprint: of the reads.
        method: setting of the run.
        columns: values of further columns, which replace these.
    """
    n = len(ids)
    cluster = np.array(clusters, np.int64)
    confidence = np.where(cluster > 0, np.broadcast_to(confidence, n), 0)
    status = np.where(cluster == 0, STATUSES[3], np.where(confidence < 0.8, STATUSES[2], "placed"))
    values = {
        "read_index": np.arange(n),
        "read_id": ids,
        "sample": ["s"] * n,
        "unit": ["u"] * n,
        "cluster": cluster,
        "strain": np.zeros(n, int),
        "confidence": confidence,
        "strain_confidence": np.zeros(n),
        "status": status.tolist(),
        "piece": np.maximum(cluster - 1, 0),
        "other_clusters": [[]] * n,
    } | columns
    schema = CLUSTERS.schema
    table = pa.table(
        {f.name: pa.array(list(values[f.name])).cast(f.type, safe=False) for f in schema}
    )
    files = folder / "clusters.parquet", folder / "clusters.tsv"
    settings = {"method": method}
    if method == "genomes":
        settings |= {"min_confidence": 0.8}
    write_clusters([table], *files, Provenance(settings, "f", reads_fingerprint))
