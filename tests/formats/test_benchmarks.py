"""Snakemake's benchmark tables are read whole or refused by line."""

import pytest

from readkin.errors import InputError
from readkin.formats.benchmarks import JobCost, read_job_costs

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def write(path, *rows, header=HEADER):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + "".join(row + "\n" for row in rows))
    return path


def test_every_line_of_a_folder_in_order_of_path(tmp_path):
    write(tmp_path / "trim_reads" / "b.1.tsv", "3.5\t0:00:03\t80\t1\t1\t1\t0\t0\t9\t2.5")
    write(
        tmp_path / "trim_reads" / "a.1.tsv",
        "1.0\t0:00:01\t90.5\t1\t1\t1\t0\t0\t9\t0.5",
        "2.0\t0:00:02\tNA\t1\t1\t1\t0\t0\t9\t-",
    )
    assert list(read_job_costs(tmp_path)) == [
        JobCost("trim_reads", 1.0, 90.5, 0.5),
        JobCost("trim_reads", 2.0, None, None),
        JobCost("trim_reads", 3.5, 80.0, 2.5),
    ]


def test_one_file(tmp_path):
    path = write(tmp_path / "align_pairs" / "all.tsv", "1.0\t0:00:01\t9\t1\t1\t1\t0\t0\t9\t0.5")
    assert [cost.stage for cost in read_job_costs(path)] == ["align_pairs"]


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        ("s\th:m:s\n", "1.0\t0:00:01", "bad.tsv: found no column max_rss, cpu_time, expected"),
        (HEADER, "one\t0:00:01\t9\t1\t1\t1\t0\t0\t9\t0.5", "bad.tsv:2: found could not convert"),
        (HEADER, "1.0", "bad.tsv:2: found a truncated line, expected"),
        (HEADER, "NA\t0:00:01\t9\t1\t1\t1\t0\t0\t9\t0.5", "bad.tsv:2: found no wall time"),
    ],
)
def test_damaged_tables_are_refused(tmp_path, header, row, message):
    path = write(tmp_path / "stage" / "bad.tsv", row, header=header)
    with pytest.raises(InputError) as refused:
        list(read_job_costs(path))
    assert message in str(refused.value)
