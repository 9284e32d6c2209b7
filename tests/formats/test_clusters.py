"""Table of reads with clusters: written as Parquet and TSV, read back, other files refused."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from readkin.errors import InputError
from readkin.formats.clusters import CLUSTERS, NO_CLUSTER, read_clusters
from support.cluster_tables import write_read_clusters

IDS = ["a/1", "a/2", "b"]


def test_written_and_read_back(tmp_path):
    write_read_clusters(
        tmp_path, IDS, [1, NO_CLUSTER, 2], [0.9, 0, 0.5], other_clusters=[[], [], [1]]
    )
    rows = read_clusters(tmp_path / "clusters.parquet").to_pylist()
    assert [row["status"] for row in rows] == ["placed", "no cluster", "low confidence"]
    assert [row["other_clusters"] for row in rows] == [[], [], [1]]
    assert (tmp_path / "clusters.tsv").read_text().splitlines() == [
        "\t".join(CLUSTERS.schema.names),
        "0\ta/1\ts\tu\t1\t0\t0.9\t0\tplaced\t0\t",
        "1\ta/2\ts\tu\t0\t0\t0\t0\tno cluster\t0\t",
        "2\tb\ts\tu\t2\t0\t0.5\t0\tlow confidence\t1\t1",
    ]
    some = read_clusters(tmp_path / "clusters.parquet", ["cluster"])
    assert some.to_pydict() == {"cluster": [1, 0, 2]}


def test_other_tables_are_refused(tmp_path):
    pq.write_table(pa.table({"read_index": [1]}), tmp_path / "clusters.parquet")
    with pytest.raises(InputError, match="make it again with cluster_reads"):
        read_clusters(tmp_path / "clusters.parquet")
