"""Memory of a stage on its nodes, beside the benchmark table."""

import pytest

from readkin.errors import InputError
from readkin.formats.benchmarks import read_job_costs
from readkin.formats.memory_use import read_memory_use, write_memory_use

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time"
FURTHER = "\tjobid\trule_name\twildcards\tparams\tthreads\tcpu_usage\tresources\tinput_size_mb"


@pytest.fixture
def table(tmp_path):
    """A table as Snakemake 9.27 writes it with `benchmark-extended`."""
    path = tmp_path / "find_pairs" / "find_pairs.tsv"
    path.parent.mkdir()
    row = (
        "2.02\t0:00:02\t400.5\t7.11\t0.41\t0.60\t0.02\t0.00\t0.00\t0.00\t0\tfind_pairs\t{}"
        "\t{'cfg': {'a\\tb': 'z\\'\"'}}\t1\t0.00"
        "\t{'tmpdir': '/tmp', '_nodes': 1, 'runtime': 7, 'mpi': 'srun', 'mem_mb': 100}\t{}"
    )
    path.write_text(f"{HEADER}{FURTHER}\n{row}\n")
    return path


def test_nodes_and_what_was_asked_are_read_with_the_table(table):
    write_memory_use(table.with_name("find_pairs.memory.json"), [1500.26, 2500.0])
    (cost,) = read_job_costs(table)
    assert cost.node_peaks_mb == (1500.3, 2500.0)
    assert cost.peak_on_a_node_mb == 2500.0
    assert (cost.requested["mem_mb"], cost.requested["runtime"], cost.requested["threads"]) == (
        100,
        7,
        1,
    )


def test_without_own_measurement_snakemakes_counts(table):
    (cost,) = read_job_costs(table)
    assert (cost.node_peaks_mb, cost.peak_on_a_node_mb) == ((), 400.5)


def test_nothing_is_written_without_path_or_on_other_ranks(tmp_path):
    write_memory_use(None, [1.0])
    write_memory_use(tmp_path / "a.memory.json", None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"peak_mb_by_node": ["a"]}', "{}"])
def test_other_content_is_refused(table, text):
    table.with_suffix(".memory.json").write_text(text)
    with pytest.raises(InputError, match=r"find_pairs\.memory\.json: found other content"):
        read_memory_use(table)
