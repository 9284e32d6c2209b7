"""Many units: no command line grows with their number, and no job is weighed for each of them."""

import re
from collections.abc import Callable

import pytest

from support.clone import Clone
from support.many_units import write_units

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clone_with(new_clone: Callable[[], Clone]) -> Callable[[int], Clone]:
    """Make a clone with tiny units, and with all stages in its settings."""

    def make(units: int) -> Clone:
        clone = new_clone()
        write_units(clone.folder, units)
        return clone

    return make


def longest_commands(clone: Clone) -> dict[str, int]:
    """Return the length of the longest command of each rule that has one."""
    output = clone.snakemake(
        "-n", "-p", "--cores", "2", "all", "check", "check_reads", "--configfile", "units.yaml"
    )
    lengths: dict[str, int] = {}
    for block in output.split("Shell command: ")[1:]:
        command = block.splitlines()[0]
        if command != "None":
            stage = re.search(r"workflow_scripts/(\w+)\.py", command)
            assert stage, command
            lengths[stage[1]] = max(lengths.get(stage[1], 0), len(command))
    return lengths


def test_no_command_grows_with_the_units(clone_with):
    few, many = longest_commands(clone_with(3)), longest_commands(clone_with(300))
    assert few == many
    assert {"embed_reads", "align_pairs", "search_reads", "write_report", "check"} <= set(few)
    assert max(few.values()) < 4000


def test_units_run_to_the_end(clone_with):
    clone = clone_with(12)
    output = clone.snakemake("--cores", "2", "--configfile", "units.yaml")
    clusters = (clone.folder / "results" / "clusters.tsv").read_text().splitlines()[1:]
    assert len({tuple(line.split("\t")[2:4]) for line in clusters}) == 12
    jobs = output.count("Finished jobid")
    assert output.count("Select jobs to execute") <= jobs + 2
    assert output.count("(Rule: list_files)") == 3
