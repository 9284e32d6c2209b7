"""Asked resources against limits of queues and quotas, on answers as Slurm writes them."""

import math

import pytest

from readkin.preflight import queue_limits
from readkin.preflight.findings import Answer, State
from readkin.preflight.queue_limits import (
    Ask,
    Limits,
    check_queue_limits,
    complaint,
    minutes,
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
FITS = Ask("find_pairs", "mpi", 2, 96, 373_555, 100_000)


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
        ({"nodes": 3}, "find_pairs asks for 3 nodes; the queue mpi allows 2"),
        (
            {"cpus": 97},
            "find_pairs asks for 2 nodes with 97 CPUs and 373555 MB; mpi has 3 with 96 CPUs and"
            " 373555 MB",
        ),
        (
            {"memory_mb": 373_556, "nodes": 1},
            "find_pairs asks for 1 node with 96 CPUs and 373556 MB; mpi has 3 with 96 CPUs and"
            " 373555 MB",
        ),
        ({"partitions": "cpu", "cpus": 8, "memory_mb": 100, "minutes": 1440}, None),
        (
            {"partitions": "mpi,cpu", "cpus": 8, "memory_mb": 100, "minutes": 1441},
            "find_pairs asks for 1441 minutes; the queue cpu allows 1440",
        ),
        (
            {"partitions": "", "memory_mb": 100, "minutes": 1},
            "find_pairs asks for 2 nodes with 96 CPUs and 100 MB; cpu has 2 with 8 CPUs and"
            " 16000 MB",
        ),
        (
            {"partitions": "old", "cpus": 1, "memory_mb": 1},
            "find_pairs asks for the queue old, which is DRAIN",
        ),
        ({"partitions": "not there"}, None),  # told by the check of partitions
    ],
)
def test_first_thing_that_is_too_much_is_told(partitions, change, text):
    assert complaint(FITS._replace(**change), partitions) == text


def test_limits_on_a_node(partitions):
    up = {"old": partitions["old"]._replace(state="UP")}
    ask = Ask("trim_reads", "old", 1, 5, 100, 1)
    assert complaint(ask, up) == "trim_reads asks for 5 CPUs on a node; the queue old allows 4"
    ask = Ask("trim_reads", "old", 1, 4, 1001, 1)
    assert complaint(ask, up) == "trim_reads asks for 1001 MB on a node; the queue old allows 1000"


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
    """Programs of Slurm that answer as above; the test adds what sacctmgr says."""
    answers = {"scontrol": PARTITIONS, "sinfo": NODES, "sacctmgr": ""}
    monkeypatch.setattr(queue_limits, "ask", lambda command, *_: Answer(True, answers[command[0]]))
    return answers


def test_all_is_well(slurm):
    (row,) = check_queue_limits([FITS], accounting=False)
    assert row.state is State.OK
    assert "find_pairs: 2 nodes with 96 CPUs, 373555 MB, 100000 min" in row.found


def test_every_stage_that_does_not_fit_has_a_row(slurm):
    asks = [FITS, FITS._replace(nodes=3), FITS._replace(rule="align_pairs", cpus=97)]
    rows = list(check_queue_limits(asks, accounting=False))
    assert [row.state for row in rows] == [State.PROBLEM] * 2
    assert all(row.fix for row in rows)
    assert "align_pairs" in rows[1].found


@pytest.mark.parametrize(
    ("said", "state", "found"),
    [
        ("", State.OK, "none"),
        ("cpu=192|\n", State.OK, "1 of this user, none in the way"),
        ("cpu=191|\n", State.PROBLEM, "find_pairs asks for 192 CPUs; the quotas of"),
        ("cpu=191|\n|\n", State.OK, "2 of this user, none in the way"),
        ("mem=100G|\n", State.PROBLEM, "find_pairs asks for 747110 MB; the quotas of"),
        ("|01:00:00\n", State.PROBLEM, "find_pairs asks for 100000 minutes; the quotas of"),
    ],
)
def test_quotas_of_the_user(slurm, said, state, found):
    slurm["sacctmgr"] = said
    _, row = check_queue_limits([FITS], accounting=True)
    assert row.state is state
    assert row.found.startswith(found)
