"""Tests of prepare_cluster.py: the configuration it writes and the files it uploads."""

import io
import subprocess
import tarfile
from pathlib import Path

import boto3
import prepare_cluster
import pytest
from prepare_cluster import PreparationError, fill_in
from stack import CLUSTER, STACK


def test_placeholders_are_filled_in_and_comments_left() -> None:
    text = "# ${A} is an output\nkey: ${A}/x  # why\nlist:\n  - ${B}\n"
    assert fill_in(text, {"A": "1", "B": "2"}, "x.yaml") == (
        "# ${A} is an output\nkey: 1/x  # why\nlist:\n  - 2\n"
    )


def test_marked_lines_are_left_out_without_their_output() -> None:
    text = "a: 1\nb:  # only with B\n  c: ${B}  # only with B\n"
    assert fill_in(text, {}, "x.yaml") == "a: 1\n"
    assert fill_in(text, {"B": "2"}, "x.yaml") == "a: 1\nb:\n  c: 2\n"


def test_unknown_placeholder_is_named_with_its_line() -> None:
    with pytest.raises(PreparationError, match=r"x\.yaml:2: found the placeholder B, .*\(A, C\)"):
        fill_in("a: ${A}\nb: ${B}\n", {"A": "1", "C": "2"}, "x.yaml")


def test_nothing_is_left_to_fill_in(configuration: str, ray_configuration: str) -> None:
    lines = (configuration + ray_configuration).splitlines()
    lines = [line for line in lines if not line.lstrip().startswith("#")]
    assert not any("${" in line or "only with" in line for line in lines)


@pytest.mark.usefixtures("configuration")
def test_bucket_holds_bootstrap_and_the_committed_code(outputs: dict[str, str]) -> None:
    client = boto3.client("s3")
    found = client.list_objects_v2(Bucket=outputs["Bucket"])["Contents"]
    assert [entry["Key"] for entry in found] == ["cluster/bootstrap.sh", "cluster/readkin.tar.gz"]
    script = client.get_object(Bucket=outputs["Bucket"], Key="cluster/bootstrap.sh")["Body"].read()
    assert script == (CLUSTER / "bootstrap.sh").read_bytes()
    archive = client.get_object(Bucket=outputs["Bucket"], Key="cluster/readkin.tar.gz")["Body"]
    with tarfile.open(fileobj=io.BytesIO(archive.read())) as files:
        held = {member.name for member in files if not member.isdir()}
    committed = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "HEAD"],
        cwd=CLUSTER.parent,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert held == set(committed)


@pytest.mark.usefixtures("account")
def test_missing_stack_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    output = tmp_path / "x.yaml"
    assert prepare_cluster.main(["no-such-stack", "--output", str(output)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("prepare_cluster: no-such-stack: found no stack (")
    assert "--region" in error
    assert not output.exists()


@pytest.mark.usefixtures("outputs")
def test_region_without_the_machine_image_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(prepare_cluster, "IMAGE", "aws-parallelcluster-0.1-*")
    output = tmp_path / "x.yaml"
    assert prepare_cluster.main([STACK, "--ray", "--output", str(output)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("prepare_cluster: aws-parallelcluster-0.1-*: found no machine image")
    assert not output.exists()


@pytest.mark.usefixtures("outputs")
def test_stack_that_is_not_complete_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session()
    client = session.client("cloudformation")
    (stack,) = client.describe_stacks(StackName=STACK)["Stacks"]

    class Unfinished:
        def describe_stacks(self, StackName: str) -> dict:  # noqa: N803
            return {"Stacks": [stack | {"StackStatus": "ROLLBACK_COMPLETE"}]}

    monkeypatch.setattr(session, "client", lambda name: Unfinished())
    with pytest.raises(PreparationError, match="state ROLLBACK_COMPLETE, expected CREATE_COMPLETE"):
        prepare_cluster.outputs_of(STACK, session)
