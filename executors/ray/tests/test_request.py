"""Requests of jobs in Ray's terms."""

from types import SimpleNamespace

import pytest
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_ray.request import MIB, Request, pairs, request_of, unmet

NODE = {
    "Alive": True,
    "Resources": {"CPU": 4.0, "memory": 1000.0 * MIB, "GPU": 1.0, "licence": 2.0},
    "Labels": {"market": "spot", "zone": "a"},
}


def request(**changes: object) -> Request:
    """Return a request that NODE meets, with changes."""
    values = {"cpus": 4, "memory": 1000, "gpus": 1, "custom": {"licence": 2}, "labels": {}}
    return Request(**values | changes)  # type: ignore[arg-type]


def test_threads_and_resources_of_a_rule_become_options_of_a_task():
    resources = {
        "mem_mb": 500,
        "gpu": 1,
        "ray_disk": 3,
        "licence": 2,
        "runtime": 60,
        "tmpdir": "/tmp",
        "ray_labels": "market=!spot,zone=in(a,b)",
    }
    job = SimpleNamespace(threads=2, resources=resources)
    assert request_of(job, {"licence": "my-licence"}, {"zone": "c"}).options() == {
        "num_cpus": 2,
        "num_gpus": 1,
        "memory": 500 * MIB,
        "resources": {"disk": 3, "my-licence": 2},
        "label_selector": {"market": "!spot", "zone": "in(a,b)"},
    }


def test_a_rule_without_resources_has_the_default_labels():
    job = SimpleNamespace(threads=1, resources={})
    assert request_of(job, {}, {"zone": "c"}).options()["label_selector"] == {"zone": "c"}
    assert "label_selector" not in request_of(job, {}, {}).options()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"cpus": 5}, False),
        ({"memory": 1001}, False),
        ({"gpus": 2}, False),
        ({"custom": {"licence": 3}}, False),
        ({"custom": {"other": 1}}, False),
        ({"labels": {"market": "spot"}}, True),
        ({"labels": {"market": "!spot"}}, False),
        ({"labels": {"zone": "in(a, b)"}}, True),
        ({"labels": {"zone": "!in(a,b)"}}, False),
        ({"labels": {"rack": "1"}}, False),
        ({"labels": {"rack": "!1"}}, True),
    ],
)
def test_a_node_fits_if_it_has_everything(changes, expected):
    assert request(**changes).fits(NODE) is expected


def test_the_sentence_names_the_request_and_the_largest_node():
    assert unmet(request(), [NODE]) is None
    dead = {**NODE, "Alive": False}
    assert unmet(request(), [dead]) is not None
    assert unmet(request(cpus=8, labels={"zone": "b"}), [NODE, dead]) == (
        "No node of the Ray cluster has 8 CPUs, 1000 MiB of memory, 1 GPUs, 2 licence, label "
        "zone=b (1 nodes; the largest has 4 CPUs, 1000 MiB of memory). "
        "Use --max-threads, --set-threads or --set-resources, or add such a node."
    )


def test_commas_in_parentheses_do_not_separate():
    assert pairs("a=in(x,y),b=z", "--ray-labels") == {"a": "in(x,y)", "b": "z"}
    assert pairs(None, "--ray-labels") == {}
    with pytest.raises(WorkflowError, match=r'--ray-labels: found "b", expected NAME=VALUE'):
        pairs("a=x,b", "--ray-labels")
