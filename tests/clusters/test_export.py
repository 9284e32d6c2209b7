"""Which reads of which clusters are written where: pairs, small clusters, samples, counts."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from readkin.clusters.export import (
    TOO_SMALL,
    destinations,
    export_flow,
    exported_groups,
    files_of,
)
from readkin.clusters.samples import Samples
from readkin.formats.reads import NO_MATE

# cluster and confidence of a read; it is placed from 0.8 on
STATE = st.tuples(st.integers(0, 3), st.sampled_from([0.5, 0.8, 0.9, 1.0]))
ENTRY = st.one_of(st.tuples(STATE), st.tuples(STATE, STATE))


def mates_of(entries):
    """Return what the functions read of reads: single ones, and pairs."""
    number = [mate for entry in entries for mate in ((0,) if len(entry) == 1 else (1, 2))]
    step = {0: 0, 1: 1, 2: -1}
    mate = [i + step[n] if n else int(NO_MATE) for i, n in enumerate(number)]
    numbers, mates = np.array(number, np.uint8), np.array(mate, np.uint64)
    return SimpleNamespace(mate_number=numbers, mate_index=mates)


def table_of(entries):
    states = [state for entry in entries for state in entry]
    status = [
        "no cluster" if not cluster else "placed" if p >= 0.8 else "low confidence"
        for cluster, p in states
    ]
    columns = {
        "cluster": pa.array([cluster for cluster, _ in states], pa.uint32()),
        "confidence": pa.array([p for _, p in states], pa.float32()),
        "status": pa.array(status, pa.string()),
    }
    return pa.table(columns)


def naive_destinations(entries, min_reads):
    """Return the cluster in whose files each read is, read by read."""
    clusters = []
    for entry in entries:
        placed = [(p, -mate, c) for mate, (c, p) in enumerate(entry) if c and p >= 0.8]
        clusters += [max(placed)[2] if placed else 0] * len(entry)
    return [c if clusters.count(c) >= min_reads else 0 for c in clusters]


@given(st.lists(ENTRY, max_size=12), st.integers(1, 4))
def test_agrees_with_the_rule(entries, min_reads):
    table = table_of(entries)
    found = destinations(mates_of(entries), table, min_reads)
    assert found.cluster.tolist() == naive_destinations(entries, min_reads)
    flow = export_flow(found, table)
    assert flow.entered == len(table)
    assert flow.left == np.count_nonzero(found.cluster)


@given(st.lists(ENTRY, max_size=12), st.booleans())
def test_every_read_is_in_one_file(entries, by_sample):
    reads = mates_of(entries)
    cluster = destinations(reads, table_of(entries), 1).cluster
    of_entry = np.arange(len(entries)) % 2
    of_read = np.repeat(of_entry, [len(entry) for entry in entries])
    samples = Samples(["a", "b"], of_read) if by_sample else None
    written = []
    for group in exported_groups(reads, cluster, samples):
        files = files_of(group, "x", is_bam=False)
        index = np.concatenate(list(files.values()))
        assert sorted(index) == group.reads.tolist()
        assert (cluster[index] == group.cluster).all()
        if by_sample:
            assert ("ab".index(group.sample) == of_read[index]).all()
        written += index.tolist()
    assert sorted(written) == np.flatnonzero(cluster).tolist()


def test_pairs_and_reasons_by_hand():
    pair_of_two, half = ((1, 0.9), (2, 1.0)), ((0, 0), (1, 0.8))
    entries = [pair_of_two, half, ((1, 0.5), (1, 0.5)), ((3, 1.0),), ((2, 0.9), (2, 0.9))]
    table = table_of(entries)
    found = destinations(mates_of(entries), table, 2)
    assert found.cluster.tolist() == [2, 2, 1, 1, 0, 0, 0, 2, 2]
    assert found.divided_pairs == 1
    assert np.flatnonzero(found.with_mate).tolist() == [0, 2]
    assert export_flow(found, table).dropped == {TOO_SMALL: 1, "low confidence": 2}
    groups = list(exported_groups(mates_of(entries), found.cluster, None))
    assert [list(files_of(group, "c1", is_bam=False)) for group in groups] == [
        ["cluster_1.c1_R1.fastq.gz", "cluster_1.c1_R2.fastq.gz"],
        ["cluster_2.c1_R1.fastq.gz", "cluster_2.c1_R2.fastq.gz"],
    ]
    assert list(files_of(groups[1], "", is_bam=True)) == ["cluster_2.bam"]
