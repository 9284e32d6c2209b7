"""Files by which a node shows that it sees the same folders; the rest is tested on a real Slurm."""

import subprocess
import sys
from pathlib import Path

from readkin.preflight.cluster import READ_TOKENS, files_to_see


def test_nodes_show_new_files_and_those_of_a_read_only_folder(tmp_path):
    (tmp_path / "work").mkdir()
    with files_to_see({"work": tmp_path / "work", "clone": Path("/proc")}) as digests:
        own, existing = digests
        assert own.parent == tmp_path / "work"
        command = ["sh", "-c", READ_TOKENS, sys.executable, own, tmp_path / "absent"]
        lines = subprocess.check_output(command, text=True).splitlines()
    assert existing.is_file()
    assert f"{own}\t{digests[own]}" in lines
    assert f"{tmp_path / 'absent'}\t" in lines
    assert "this Python runs" in lines
    assert list((tmp_path / "work").iterdir()) == []
