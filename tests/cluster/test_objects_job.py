"""MPI stages on a Slurm cluster without a common file system: both sides see an S3 server only."""

import hashlib
import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from snakemake_executor_plugin_ray import objects, objects_job
from support.clone import Clone
from support.cluster.finished_run import FinishedRun
from support.cluster.slurm_cluster import SlurmCluster
from support.cluster.ssh_server import HOST, HeadNode
from support.object_servers import client, credentials, identity, weed_server
from support.repository import REPOSITORY
from support.same_content import differing_files

RUN = "s3://runs/demo"
INPUTS = {
    "find_pairs": ["results/embeddings.h5", "results/embeddings_shards/", "workflow_scripts/"],
    "align_pairs": [
        "results/pairs.h5",
        "results/pairs_shards/",
        "results/embeddings.h5",
        "results/embeddings_shards/",
        "workflow_scripts/",
    ],
}
OUTPUTS = {
    "find_pairs": ["results/pairs.h5", "results/pairs_shards"],
    "align_pairs": ["results/alignments"],
}
PREPARED = [
    "results/embeddings.h5",
    "results/embeddings_shards",
    "workflow_scripts",
]


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """A client of a server with the bucket `runs`; boto3 finds it by its variables."""
    with (
        tempfile.TemporaryDirectory(prefix="weed", dir="/tmp") as folder,
        weed_server(Path(folder), [identity("tester", "Admin")]) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in (credentials() | {"AWS_ENDPOINT_URL": url}).items():
            patch.setenv(name, value)
        made = client(url)
        made.create_bucket(Bucket="runs")
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the cluster."""
    return tmp_path / "scratch of the cluster"


def run_there(head: HeadNode, folder: Path, name: str, *arguments: str) -> int:
    """Run a job with objects on two nodes; return the exit code."""
    folder.mkdir(exist_ok=True)
    names = [name for name in os.environ if name.startswith("AWS_")]
    exports = [f"export {name}={shlex.quote(os.environ[name])}" for name in names]
    # On a real cluster the nodes have a role of their own.
    exports.append(f"export READKIN_CACHE={shlex.quote(str(REPOSITORY / '.numba_cache'))}")
    sizes = ["--partition=mpi", "--time=10", "--nodes=2", "--ntasks=4", "--ntasks-per-node=2"]
    return objects_job.main(
        [
            *(HOST, "--name", name, "--folder", str(folder), "--ssh", head.ssh),
            *("--python", sys.executable, "--setup", "; ".join(exports)),
            *(f"--option={size}" for size in sizes),
            *("--manifest", f"{RUN}/{name}.json", *arguments),
        ]
    )


def command_of(clone: Clone, stage: str) -> str:
    """Return the command of a stage, as ranks of a Slurm job."""
    said = clone.snakemake("--cores", "1", "-n", "-p", "-R", stage)
    found = re.search(rf"Shell command: (.*/{stage}\.py .*) 2>&1", said)
    assert found is not None, said
    words = found[1][found[1].index("workflow_scripts/") :]
    assert words.count("--ranks 1 ") == 1
    launcher = f"srun --mpi=pmix -n 4 {shlex.quote(sys.executable)} -P -m mpi4py"
    places = f"mkdir -p results work/counts benchmarks/{stage}"
    return f"{places} && {launcher} {words.replace('--ranks 1 ', '--ranks 4 ')}"


def entries(store: Any, name: str) -> dict[str, Any]:
    """Return the entries of a manifest by URI."""
    text = store.get_object(Bucket="runs", Key=f"demo/{name}.json")["Body"].read()
    manifest = json.loads(text)
    assert (manifest["format"], manifest["version"]) == (objects.FORMAT, objects.VERSION)
    return {entry["uri"]: entry for entry in manifest["objects"]}


@pytest.mark.timeout(300)
def test_results_are_those_of_the_local_run(
    head: HeadNode,
    cluster: SlurmCluster,
    finished: FinishedRun,
    store: Any,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clone = finished.put_back()
    commands = {stage: command_of(clone, stage) for stage in INPUTS}
    local = objects.Store()
    for name in PREPARED:
        for file, uri in objects.publications(clone.folder, [(name, f"{RUN}/{name}")]):
            local.publish(file, uri)
    for stage, inputs in INPUTS.items():
        capsys.readouterr()
        code = run_there(
            *(head, folder, stage),
            *(f"--fetch={RUN}/{name}={name}" for name in inputs),
            *(f"--publish={name}={RUN}/{name}" for name in OUTPUTS[stage]),
            *("--", "bash", "-c", commands[stage]),
        )
        said = capsys.readouterr()
        assert code == 0, said.err
        assert said.out == f"{RUN}/{stage}.json\n"
        (job,) = re.findall(r"Slurm job (\d+)", said.err)
        assert cluster.nodes_of_step(job) == ["n1", "n2"]
        assert list(folder.iterdir()) == [], "the job has removed its files"
    for stage, outputs in OUTPUTS.items():
        for uri, entry in entries(store, stage).items():
            path = clone.folder / "results" / uri.removeprefix(f"{RUN}/results/")
            path.unlink(missing_ok=True)
            local.fetch(uri, path)
            assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
        assert {uri.split("/results/")[1].split("/")[0] for uri in entries(store, stage)} == {
            name.removeprefix("results/") for name in outputs
        }
    assert differing_files(clone.folder / "local_results", clone.folder / "results") == []


def test_failed_command_publishes_nothing(
    head: HeadNode, store: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The manifest of an earlier run goes, too."""
    store.put_object(Bucket="runs", Key="demo/fails.json", Body=b"old")
    script = "echo text > out; echo the reason; exit 3"
    output = f"--publish=out={RUN}/out"
    assert run_there(head, folder, "fails", output, "--", "bash", "-c", script) == 1
    said = capsys.readouterr().err
    assert re.search(r"Slurm job \d+ on hpc-head: FAILED, exit code 3\n(.*\n)*the reason", said)
    left = store.list_objects_v2(Bucket="runs", Prefix="demo/").get("Contents", [])
    assert not {"demo/fails.json", "demo/out"} & {entry["Key"] for entry in left}
    assert list(folder.iterdir()) == []


def test_changed_content_is_refused(
    head: HeadNode, store: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"Metadata": {"sha256": "0" * 64}}
    store.put_object(Bucket="runs", Key="demo/in", Body=b"text", **wrong)
    arguments = [f"--fetch={RUN}/in=in", f"--publish=in={RUN}/out"]
    assert run_there(head, folder, "changed", *arguments, "--", "touch", "ran") == 1
    said = capsys.readouterr().err
    assert f"objects.py: {RUN}/in: found content of sha256 982d9e3eb996f559e633f4d194" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([f"--fetch={RUN}/none=in"], f"{RUN}/none: An error occurred (404)"),
        ([f"--fetch={RUN}/none/=in"], f"{RUN}/none/: found no object, expected some below it"),
        (["--fetch=http://x=in"], 'found "http://x", expected s3://BUCKET/KEY'),
        (["--publish=out=s3://b"], 'found "s3://b", expected s3://BUCKET/KEY'),
    ],
)
def test_mistakes_are_reported_before_anything_is_submitted(
    head: HeadNode,
    store: Any,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    before = head.jobs()
    assert run_there(head, folder, "mistake", *arguments, "--", "true") == 1
    assert sentence in capsys.readouterr().err
    assert head.jobs() == before
