"""Values of users reach the jobs on Slurm unchanged, or are refused before the first one."""

from pathlib import Path

import pytest

from support.clone import Clone
from support.cluster.drill import PROFILE
from support.cluster.requirements import FIRST_POLL
from support.cluster.run_profile import run_profile
from support.cluster.slurm_cluster import SlurmCluster
from support.unusual_names import (
    LOCALLY,
    ON_SLURM,
    QUERIES,
    UNITS,
    queries_with_hits,
    units_of_clusters,
    write_inputs,
)


@pytest.mark.timeout(900)
def test_names_reach_the_jobs(cluster: SlurmCluster, tmp_path: Path) -> None:
    clone = Clone(tmp_path / ON_SLURM)
    write_inputs(clone, ON_SLURM, "a title")
    clone.set(f"{FIRST_POLL}: 10", f"{FIRST_POLL}: 2", PROFILE)
    title = "{pilot} <b> &amp; *"
    code, output = run_profile(cluster, clone, "--config", f'report={{title: "{title}"}}')
    assert code == 0, output[-5000:]
    assert units_of_clusters(clone) == set(UNITS)
    assert queries_with_hits(clone) == QUERIES
    page = (clone.folder / "results" / "report.html").read_text("utf-8")
    assert "<h1>{pilot} &lt;b&gt; &amp;amp; *</h1>" in page


def test_names_that_would_change_are_refused(cluster: SlurmCluster, tmp_path: Path) -> None:
    clone = Clone(tmp_path / LOCALLY)
    write_inputs(clone, LOCALLY, "a title")
    code, output = run_profile(cluster, clone)
    assert code == 2, output
    for place in ("working directory: ", "clone: ", ".tsv:2: fastq_1: ", ": search.query: "):
        assert f"{place}found " in output
    assert "nothing was started" in output
    assert not (clone.folder / "logs").exists()
