"""Resource requests against limits of queues and quotas, with answers as Slurm writes them."""

import math

import pytest

from readkin.parallel.launch import Answer
from readkin.preflight import queue_limits
from readkin.preflight.findings import State
from readkin.preflight.queue_limits import (
    Limits,
    ResourceRequest,
    check_queue_limits,
    minutes,
    misfit_of,
    parse_partitions,
    parse_quotas,
)

PARTITIONS = """\
PartitionName=cpu AllowGroups=ALL Default=YES QoS=N/A MaxNodes=UNLIMITED MaxTime=1-00:00:00 \
State=UP TotalCPUs=16 MaxCPUsPerNode=UNLIMITED MaxMemPerNode=UNLIMITED TRES=cpu=16,mem=32000M
PartitionName=mpi AllowGroups=ALL Default=NO QoS=N/A MaxNodes=2 MaxTime=UNLIMITED \
State=UP MaxCPUsPerNode=UNLIMITED MaxMemPerNode=UNLIMITED
PartitionName=old AllowGroups=ALL Default=NO MaxNodes=UNLIMITED MaxTime=UNLIMITED State=DRAIN \
MaxCPUsPerNode=4 MaxMemPerNode=1000
"""
NODES = "cpu|8|16000\ncpu|8|16000\nmpi|96|373555+\nmpi|96|373555\nmpi|96|373555\nold|8|16000\n"
FITS = ResourceRequest(
    rule="find_pairs", partitions="mpi", nodes=2, cpus=96, memory_mb=373_555, minutes=100_000
)


@pytest.fixture
def partitions():
    return parse_partitions(PARTITIONS, NODES)


def test_answers_are_understood(partitions):
    assert partitions["cpu"].is_default
    assert partitions["cpu"].limits == Limits(minutes=1440)
    assert partitions["mpi"].limits == Limits(nodes=2)
    assert partitions["mpi"].nodes == [(96, 373_555)] * 3
    assert partitions["old"].limits == Limits(cpus_per_node=4, memory_mb_per_node=1000)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, None),
        ({"nodes": 3}, "find_pairs requests 3 nodes; the queue mpi allows 2"),
        (
            {"cpus": 97},
            "find_pairs requests 2 nodes with 97 CPUs and 373555 MB; mpi has 3 with 96 CPUs and"
            " 373555 MB",
        ),
        (
            {"memory_mb": 373_556, "nodes": 1},
            "find_pairs requests 1 node with 96 CPUs and 373556 MB; mpi has 3 with 96 CPUs and"
            " 373555 MB",
        ),
        ({"partitions": "cpu", "cpus": 8, "memory_mb": 100, "minutes": 1440}, None),
        (
            {"partitions": "mpi,cpu", "cpus": 8, "memory_mb": 100, "minutes": 1441},
            "find_pairs requests 1441 minutes; the queue cpu allows 1440",
        ),
        (
            {"partitions": "", "memory_mb": 100, "minutes": 1},
            "find_pairs requests 2 nodes with 96 CPUs and 100 MB; cpu has 2 with 8 CPUs and"
            " 16000 MB",
        ),
        (
            {"partitions": "old", "cpus": 1, "memory_mb": 1},
            "find_pairs requests the queue old, which is DRAIN",
        ),
        ({"partitions": "not there"}, None),  # reported by the check of partitions
    ],
)
def test_first_request_that_is_too_large_is_reported(partitions, change, text):
    assert misfit_of(FITS._replace(**change), partitions) == text


def test_limits_on_a_node(partitions):
    up = {"old": partitions["old"]._replace(state="UP")}
    small = FITS._replace(rule="trim_reads", partitions="old", nodes=1, minutes=1)
    request = small._replace(cpus=5, memory_mb=100)
    assert misfit_of(request, up) == "trim_reads requests 5 CPUs on a node; the queue old allows 4"
    request = small._replace(cpus=4, memory_mb=1001)
    assert (
        misfit_of(request, up) == "trim_reads requests 1001 MB on a node; the queue old allows 1000"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2-03:04:30", 3064.5), ("00:30:00", 30), ("UNLIMITED", math.inf), ("", math.inf)],
)
def test_times(text, expected):
    assert minutes(text) == expected


def test_quotas_are_those_of_one_job():
    assert parse_quotas("cpu=16,mem=2G,node=3|1-00:00:00\n|\nmem=500M|\n") == [
        Limits(nodes=3, cpus=16, memory_mb=2048, minutes=1440),
        Limits(),
        Limits(memory_mb=500),
    ]


@pytest.fixture
def slurm(monkeypatch):
    """Stub programs of Slurm that answer as above; tests set the answer of sacctmgr."""
    answers = {"scontrol": PARTITIONS, "sinfo": NODES, "sacctmgr": ""}
    monkeypatch.setattr(queue_limits, "ask_slurm", lambda name, *_: Answer(0, answers[name], ""))
    return answers


def test_all_stages_fit(slurm):
    (row,) = check_queue_limits([FITS], accounting=False)
    assert row.state is State.OK
    assert "find_pairs: 2 nodes with 96 CPUs, 373555 MB, 100000 min" in row.found


def test_every_stage_that_does_not_fit_has_a_row(slurm):
    requests = [FITS, FITS._replace(nodes=3), FITS._replace(rule="align_pairs", cpus=97)]
    rows = list(check_queue_limits(requests, accounting=False))
    assert [row.state for row in rows] == [State.PROBLEM] * 2
    assert all(row.fix for row in rows)
    assert "align_pairs" in rows[1].found


@pytest.mark.parametrize(
    ("answer", "state", "found"),
    [
        ("", State.OK, "none"),
        ("cpu=192|\n", State.OK, "1 of this user, none exceeded"),
        ("cpu=191|\n", State.PROBLEM, "find_pairs requests 192 CPUs; the quotas of"),
        ("cpu=191|\n|\n", State.OK, "2 of this user, none exceeded"),
        ("mem=100G|\n", State.PROBLEM, "find_pairs requests 747110 MB; the quotas of"),
        ("|01:00:00\n", State.PROBLEM, "find_pairs requests 100000 minutes; the quotas of"),
    ],
)
def test_quotas_of_the_user(slurm, answer, state, found):
    slurm["sacctmgr"] = answer
    _, row = check_queue_limits([FITS], accounting=True)
    assert row.state is state
    assert row.found.startswith(found)
