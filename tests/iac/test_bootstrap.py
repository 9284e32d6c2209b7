"""Run bootstrap.sh with stub programs: once, twice, and after an interrupted start."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from stack import CLUSTER

SCRIPT = CLUSTER / "bootstrap.sh"
# Stubs for the programs of the head node; each appends its call to the file `calls`.
PROGRAMS = {
    "dpkg-query": 'grep -qx "${@: -1}" "$NODE/packages" && echo "install ok installed"',
    "apt-get": 'for word in "$@"; do case $word in make|python3-venv|git|tmux) '
    'echo "$word" >> "$NODE/packages";; esac; done',
    "aws": 'cp "$NODE/readkin.tar.gz" "${@: -1}"',
    "chown": "true",
    "sudo": 'shift 3; "$@"',  # sudo -u USER -H
    "make": '[ ! -e "$NODE/broken" ] && mkdir -p "$NODE/fsx/readkin/.venv"',
}


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """Return a folder that represents the head node's disk."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, body in PROGRAMS.items():
        path = programs / name
        path.write_text(f'#!/bin/bash\necho "{name} $*" >> "$NODE/calls"\n{body}\n')
        path.chmod(0o755)
    (tmp_path / "packages").write_text("git\n")
    (tmp_path / "fsx").mkdir()
    (tmp_path / "Snakefile").write_text("as uploaded\n")
    with tarfile.open(tmp_path / "readkin.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "Snakefile", "Snakefile")
    return tmp_path


def start(node: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script as ParallelCluster does; ``calls`` then holds the calls of this run only."""
    (node / "calls").write_text("")
    environment = os.environ | {"NODE": str(node), "PATH": f"{node}/bin:/usr/bin:/bin"}
    given = arguments or ("s3://bucket/cluster/readkin.tar.gz", f"{node}/fsx/readkin", "ubuntu")
    return subprocess.run(
        ["bash", str(SCRIPT), *given], env=environment, capture_output=True, text=True, check=False
    )


def calls(node: Path) -> list[str]:
    return (node / "calls").read_text().splitlines()


def test_shellcheck_accepts_it() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    done = subprocess.run([shellcheck, SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_everything_is_installed(node: Path) -> None:
    done = start(node)
    assert done.returncode == 0, done.stderr
    shared = node / "fsx"
    assert (shared / "readkin" / "Snakefile").read_text() == "as uploaded\n"
    assert (shared / "readkin" / ".venv").is_dir()
    assert sorted(path.name for path in shared.iterdir()) == ["readkin", "reads", "results"]
    for name in ("reads", "results"):
        assert (shared / name).stat().st_mode & 0o7777 == 0o1777
    installed = [call for call in calls(node) if " install " in call and call.startswith("apt")]
    assert len(installed) == 1
    assert installed[0].endswith("make python3-venv tmux"), "git was installed before"
    (make,) = (call for call in calls(node) if call.startswith("make"))
    assert make == (
        f"make --no-print-directory -C {shared}/readkin install PYTHON=/usr/bin/python3"
    )
    assert any(call.startswith("sudo -u ubuntu -H make") for call in calls(node))
    assert any(call.startswith("chown -R ubuntu: ") for call in calls(node))


def test_second_start_keeps_the_users_code(node: Path) -> None:
    assert start(node).returncode == 0
    (node / "fsx" / "readkin" / "Snakefile").write_text("as its users have it\n")
    assert start(node).returncode == 0
    assert (node / "fsx" / "readkin" / "Snakefile").read_text() == "as its users have it\n"
    assert {call.split()[0] for call in calls(node)} == {"dpkg-query", "sudo", "make"}


def test_interrupted_start_is_completed_by_the_next(node: Path) -> None:
    (node / "broken").touch()
    assert start(node).returncode != 0
    (node / "broken").unlink()
    assert start(node).returncode == 0
    assert (node / "fsx" / "readkin" / ".venv").is_dir()


def test_failed_download_leaves_nothing(node: Path) -> None:
    (node / "readkin.tar.gz").unlink()
    done = start(node)
    assert done.returncode != 0
    assert sorted(path.name for path in (node / "fsx").iterdir()) == ["reads", "results"]


def test_wrong_arguments_are_named(node: Path) -> None:
    done = start(node, "s3://bucket/readkin.tar.gz")
    assert done.returncode == 2
    assert "found 1 arguments, expected 3: ARCHIVE FOLDER USER" in done.stderr
    assert calls(node) == []
