"""The shipped profiles: required and forbidden keys."""

import os
import re
from pathlib import Path

import pytest
from snakemake.profiles import ProfileConfigFileParser

REPOSITORY = Path(__file__).resolve().parents[2]
PROFILES = {name: REPOSITORY / "profiles" / name for name in ("parallelcluster", "slurm")}
RAY = REPOSITORY / "profiles" / "ray"


def parsed(name: str) -> dict:
    """The profile as Snakemake reads it."""
    with (PROFILES[name] / "profile.v9+.yaml").open() as file:
        return dict(ProfileConfigFileParser().parse(file))


@pytest.mark.parametrize("folder", [*PROFILES.values(), RAY], ids=lambda folder: folder.name)
def test_every_key_has_its_reason(folder):
    lines = (folder / "profile.v9+.yaml").read_text().splitlines()
    blocks = re.split(r"\n\n", "\n".join(lines))
    for block in blocks:
        keys = re.findall(r"^[a-z-]+:", block, re.M)
        assert not keys or "#" in block, block


@pytest.mark.parametrize("name", PROFILES)
def test_traps_are_avoided(name):
    profile = parsed(name)
    assert "cores" not in profile, "would cap the threads of every job"
    assert profile["executor"] == "slurm"
    assert profile["slurm-status-command"] == "sacct", (
        "squeue forgets ended jobs, the shim for sacct does not"
    )
    assert profile["slurm-requeue"] == "True"
    assert "slurm-array-jobs" not in profile, "loses finished output in plugin 2.8.0"
    assert "--exclusive" not in str(profile), "requeued spot jobs stick in BadConstraints"


def test_both_profiles_have_the_same_keys():
    assert parsed("parallelcluster").keys() == parsed("slurm").keys()


def test_profile_of_ray_limits_threads_to_a_node(tmp_path):
    """A job with more threads than any node has CPUs would never start."""
    text = (RAY / "profile.v9+.yaml").read_text()
    for cpus, expected in (("null", len(os.sched_getaffinity(0))), ("24", 24)):
        path = tmp_path / "profile.yaml"
        path.write_text(text.replace("cpus_of_nodes: null", f"cpus_of_nodes: {cpus}"))
        with path.open() as file:
            profile = dict(ProfileConfigFileParser().parse(file))
        assert profile["executor"] == "ray"
        assert int(profile["max-threads"]) == expected
        assert "cores" not in profile, "would cap the threads of every job"
        assert "ray-address" not in profile, "a Ray of its own is the default"


def test_profile_of_ray_sends_the_mpi_stages_to_slurm(tmp_path):
    """With a host the requests are those of the other profiles."""
    text = (RAY / "profile.v9+.yaml").read_text()
    path = tmp_path / "profile.yaml"
    path.write_text(text.replace("  slurm_host: null\n", "  slurm_host: me@head\n"))
    with path.open() as file:
        profile = dict(ProfileConfigFileParser().parse(file))
    assert profile["ray-slurm-host"] == "me@head"
    with (RAY / "profile.v9+.yaml").open() as file:
        alone = dict(ProfileConfigFileParser().parse(file))
    assert "ray-slurm-host" not in alone
    assert not [line for line in alone.get("set-resources", []) if "slurm_partition" in line]
    slurm = parsed("parallelcluster")
    for key in ("set-threads", "set-resources"):
        stages = ("find_pairs", "align_pairs", "join_reads", "search_reads")
        expected = {line for line in slurm[key] if line.startswith(stages)}
        assert {line for line in profile[key] if line.startswith(stages)} == expected


def test_no_profile_is_loaded_by_itself():
    assert not (REPOSITORY / "profiles" / "default").exists()


def test_literal_command_finds_the_profile_in_a_clone():
    link = REPOSITORY / "parallelcluster"
    assert link.is_symlink()
    assert link.readlink() == Path("profiles/parallelcluster")


def test_queue_names_occur_once():
    text = (PROFILES["parallelcluster"] / "profile.v9+.yaml").read_text()
    values = re.sub(r"#.*", "", text)
    for queue in ("spot", "cpu"):
        assert len(re.findall(rf"(?<![\w-]){queue}(?![\w-])", values)) == 1
    assert len(re.findall(r": mpi$", values, re.M)) == 1


@pytest.mark.parametrize(
    ("nodes", "per_node", "launcher"),
    [(2, 4, "srun --mpi=pmix --kill-on-bad-exit=1"), (1, 1, None)],
)
def test_one_rank_has_no_launcher(tmp_path, nodes, per_node, launcher):
    text = (PROFILES["parallelcluster"] / "profile.v9+.yaml").read_text()
    text = text.replace("mpi_nodes: 2", f"mpi_nodes: {nodes}")
    text = text.replace("mpi_ranks_per_node: 4", f"mpi_ranks_per_node: {per_node}")
    path = tmp_path / "profile.yaml"
    path.write_text(text)
    with path.open() as file:
        settings = dict(ProfileConfigFileParser().parse(file))["set-resources"]
    for rule in ("find_pairs", "align_pairs", "join_reads", "search_reads"):
        assert f"{rule}:max_tasks={nodes * per_node}" in settings
        assert f"{rule}:nodes={nodes}" in settings
        assert f"{rule}:mpi={launcher}" in settings


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (1, ["nodes=1", "tasks=1", "mpi=None", "slurm_extra=None"]),
        (3, ["nodes=3", "tasks=3", "mpi=srun --mpi=none", "slurm_extra=--no-kill"]),
    ],
)
@pytest.mark.parametrize("name", PROFILES)
def test_nodes_of_ray(tmp_path, name, nodes, expected):
    text = (PROFILES[name] / "profile.v9+.yaml").read_text()
    path = tmp_path / "profile.yaml"
    path.write_text(text.replace("ray_nodes: 1\n", f"ray_nodes: {nodes}\n"))
    with path.open() as file:
        settings = dict(ProfileConfigFileParser().parse(file))["set-resources"]
    assert {f"embed_reads:{setting}" for setting in expected} <= set(settings)
