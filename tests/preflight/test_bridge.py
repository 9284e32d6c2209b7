"""Check of the bridge to Slurm; tests/cluster has one with a cluster."""

from pathlib import Path

from readkin.preflight.bridge import BridgeUse, check_bridge
from readkin.preflight.findings import State


def test_host_that_does_not_exist_is_a_problem(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("Host head\n    HostName 127.0.0.1\n    Port 9\n")
    use = BridgeUse("head", f"ssh -F {config}", "mpi", minutes_to_wait=1)
    (finding,) = check_bridge(use, [tmp_path])
    assert finding.state == State.PROBLEM
    assert "port 9: Connection refused" in finding.found
    assert "docs/ray.md" in finding.fix
