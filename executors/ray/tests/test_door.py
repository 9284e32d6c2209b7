"""Door: what it writes to authorized_keys, and questions that it refuses without any Slurm."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from snakemake_executor_plugin_ray import door

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEf bridge"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return a folder with a public key, and a stub of sbatch on PATH."""
    (tmp_path / "key.pub").write_text(f"{KEY}\n")
    (tmp_path / "sbatch").write_text("#!/bin/sh\n")
    (tmp_path / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def install(home: Path, *options: str) -> int:
    """Install the door in a folder."""
    keys = ["--key", str(home / "key.pub"), "--authorized-keys", str(home / "ssh/keys")]
    return door.main(["install", *keys, "--folder", str(home / "the door"), *options])


def test_installing_twice_replaces_the_line_and_keeps_others(home):
    assert install(home) == 0
    with (home / "ssh/keys").open("a") as file:
        file.write("ssh-ed25519 OTHER other\n")
    assert install(home, "--lease-minutes=5") == 0
    other, line = (home / "ssh/keys").read_text().splitlines()
    assert other == "ssh-ed25519 OTHER other"
    assert line.startswith('restrict,command="')
    assert line.endswith(f'" {KEY}')
    assert "--lease-minutes=5" in line
    assert (home / "ssh/keys").stat().st_mode & 0o777 == 0o600
    assert (home / "the door").stat().st_mode & 0o777 == 0o700
    assert (home / "the door/door.py").read_bytes() == Path(door.__file__).read_bytes()


@pytest.mark.parametrize(
    "text",
    ["-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n", "", f"{KEY}\n{KEY}\n", f'command="x" {KEY}\n'],
)
def test_other_files_than_a_public_key_are_refused(home, capsys, text):
    (home / "key.pub").write_text(text)
    assert install(home) == 1
    assert "expected one public key of OpenSSH" in capsys.readouterr().err
    assert not (home / "ssh/keys").exists()


def test_without_slurm_nothing_is_installed(home, capsys):
    (home / "sbatch").unlink()
    if door.shutil.which("sbatch"):
        os.environ["PATH"] = str(home)
    assert install(home) == 1
    assert "found no program sbatch on PATH, expected the head node" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("", "found no JSON object"),
        ("[1]", "found no JSON object"),
        ('{"protocol": 1, "do": ["hello"]}', "do: found ['hello'], expected one of hello, "),
        ('{"protocol": 1, "do": "look", "keys": "a"}', "keys: expected a list"),
        ('{"protocol": 1, "do": "look", "keys": ["a", "a b"]}', "key: found 'a b'"),
        ('{"protocol": 1, "do": "look", "keys": ["ä"]}', "key: found 'ä'"),
        ('{"protocol": 1, "do": "cancel", "keys": ["a\\n"]}', "key: found 'a\\n'"),
        ('{"protocol": 2, "do": "hello"}', "found a door with protocol 1, expected 2; install"),
        ("[" * 100_000, "found no JSON object"),
        ('"' + "x" * door.LARGEST_QUESTION, "larger than"),
    ],
)
def test_wrong_questions_are_refused(tmp_path, question, sentence):
    command = [sys.executable, "-I", "-S", door.__file__, "serve", str(tmp_path / "jobs")]
    done = subprocess.run(command, input=question, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == door.REFUSED
    answer = json.loads(done.stdout)
    assert answer["protocol"] == 1
    assert sentence in answer["refused"]
