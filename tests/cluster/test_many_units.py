"""Groups of small units in one job, as docs/profile.md describes them; job arrays are refused."""

import gzip
import re
from pathlib import Path

import pytest
import yaml
import yte

from support.clone import Clone
from support.cluster.drill import PROFILE
from support.cluster.requirements import FIRST_POLL
from support.cluster.run_profile import run_profile
from support.cluster.slurm_cluster import SlurmCluster
from support.many_units import write_units
from support.repository import REPOSITORY

UNTIL = ("--configfile", "units.yaml", "--until", "map_to_reference")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A clone with four tiny units, of which two share a job."""
    clone = Clone(tmp_path / "clone")
    write_units(clone.folder, 4)
    clone.set(f"{FIRST_POLL}: 10", f"{FIRST_POLL}: 2", PROFILE)
    add_groups(clone.folder / PROFILE, units=2)
    return clone


def add_groups(profile: Path, units: int) -> None:
    """Add the block of docs/profile.md to a profile."""
    page = (REPOSITORY / "docs" / "profile.md").read_text()
    (block,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    keys = yte.process_yaml(profile.read_text(), require_use_yte=True)
    for name, value in yaml.safe_load(block.replace("units=20", f"units={units}")).items():
        keys[name] = keys.get(name, {}) | value if isinstance(value, dict) else value
    profile.write_text(yaml.safe_dump(keys))


def spoil(reads: Path) -> None:
    """Shorten the bases of the second record."""
    lines = gzip.decompress(reads.read_bytes()).decode().splitlines()
    lines[5] = lines[5][:-3]
    reads.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode()))


@pytest.mark.timeout(600)
def test_bad_unit_costs_only_its_group(cluster: SlurmCluster, clone: Clone) -> None:
    reads = clone.folder / "reads" / "s0003_1.fq.gz"
    good = reads.read_bytes()
    spoil(reads)
    code, output = run_profile(cluster, clone, *UNTIL)
    assert code == 1, output[-5000:]
    assert "trim_reads failed for 1 of 4 units: s0003.l1\n" in output
    kept = {path.name.split(".")[0] for path in clone.folder.glob("results/bam/*.aligned.bam")}
    assert len(kept) == 2
    assert "s0003" not in kept

    reads.write_bytes(good)
    code, output = run_profile(cluster, clone, *UNTIL)
    assert code == 0, output[-5000:]
    assert output.count("has been submitted with SLURM jobid") == 1
    assert len(list(clone.folder.glob("results/bam/*.aligned.bam"))) == 4


def test_job_arrays_are_refused(cluster: SlurmCluster, clone: Clone) -> None:
    code, output = run_profile(cluster, clone, *UNTIL, "--slurm-array-jobs", "all")
    assert code == 2, output[-5000:]
    assert 'slurm-array-jobs: found "all", expected no job arrays; remove it' in output
    assert "has been submitted" not in output
