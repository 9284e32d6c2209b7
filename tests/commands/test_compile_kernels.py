"""Kernels compiled ahead are those that the stages load."""

import json
import os
import subprocess
import sys

import pytest

import compile_kernels
from support.repository import SCRIPTS

# The compiled code that a stage's own call adds to the cache.
ADDED = """
import json, sys
from pathlib import Path
import compile_kernels
folder = Path(sys.argv[1])
before = set(folder.rglob("*.nb?"))
compile_kernels.KERNELS["find_pairs"]()
print(json.dumps([len(before), len(set(folder.rglob("*.nb?")) - before)]))
"""


def test_stage_finds_all_kernels_compiled(tmp_path):
    cache, done = tmp_path / "cache", tmp_path / "new" / "done"
    environment = os.environ | {"READKIN_CACHE": str(cache), "PYTHONPATH": str(SCRIPTS)}
    command = [sys.executable, SCRIPTS / "compile_kernels.py", "--kernels", "find_pairs"]
    subprocess.run([*command, "--output", done], env=environment, check=True)
    assert done.read_bytes() == b""
    added = subprocess.check_output([sys.executable, "-c", ADDED, cache], env=environment)
    n_before, n_added = json.loads(added)
    assert n_before > 0
    assert n_added == 0


def test_unknown_kernels_are_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as exit_:
        compile_kernels.main(["--kernels", "all", "--output", str(tmp_path / "done")])
    assert exit_.value.code == 2
    assert "find_pairs" in capsys.readouterr().err
