"""Quality scenarios of docs/trade-offs.md, with the measurement or the drill that shows each."""

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.records import number_text
from benchmarks.tradeoff.measurements import Run
from docs.pages.markdown import NOT_MEASURED, table
from docs.pages.trade_offs.measured import EFFICIENCY, ENGINES, LOCAL, WALL
from docs.pages.trade_offs.provenance import measured


class Scenario(NamedTuple):
    """What happens, what readkin must do then, and how that is known.

    Attributes:
        quality: characteristic and sub-characteristic of ISO/IEC 25010:2023.
        stimulus: what happens, and where.
        response: what is expected, so that one can decide whether it is met.
    """

    quality: str
    stimulus: str
    response: str


class Drill(NamedTuple):
    """A scenario that a test on the real system shows.

    Attributes:
        scenario: it.
        file: of the test, in the repository.
        test: its function.
    """

    scenario: Scenario
    file: str
    test: str


class Measurement(NamedTuple):
    """A scenario that a run of `make tradeoff` shows.

    Attributes:
        scenario: it.
        found: what was measured, as text.
    """

    scenario: Scenario
    found: Callable[[Run], str]


TOLERANCE, RECOVERY = "reliability: fault tolerance", "reliability: recoverability"
DRILLS = (
    Drill(
        Scenario(
            TOLERANCE,
            "a spot node of Slurm vanishes during `embed_reads` or `align_pairs`",
            "the job starts again on another node and repeats unfinished shards or tiles only;"
            " results as without the loss",
        ),
        "tests/cluster/test_drills_lost_nodes.py",
        "test_lost_node",
    ),
    Drill(
        Scenario(
            TOLERANCE,
            "a node is cut off, and its job still writes",
            "the superseded attempt replaces no file of the new one",
        ),
        "tests/cluster/test_drills_lost_nodes.py",
        "test_surviving_old_writer",
    ),
    Drill(
        Scenario(
            TOLERANCE,
            "a Ray node is lost during `embed_reads`",
            "its shards are given to other nodes of the same job; same results",
        ),
        "tests/cluster/test_ray_on_nodes.py",
        "test_lost_node_of_ray_is_survived",
    ),
    Drill(
        Scenario(
            TOLERANCE,
            "an autoscaled Ray node is lost while it runs a job",
            "a new node is added, and the job starts there within the same attempt",
        ),
        "tests/workflow/test_ray_autoscaling.py",
        "test_nodes_are_added_lost_and_removed",
    ),
    Drill(
        Scenario(
            RECOVERY,
            "one MPI rank dies during `align_pairs`",
            "Slurm ends the others at once; the next attempt resumes from the finished tiles",
        ),
        "tests/cluster/test_drills.py",
        "test_rank_dies",
    ),
    Drill(
        Scenario(
            TOLERANCE,
            "slurmctld is restarted during a run",
            "no job is lost, none is computed twice",
        ),
        "tests/cluster/test_drills.py",
        "test_controller_restart",
    ),
    Drill(
        Scenario(
            RECOVERY,
            "Snakemake and the bridge to Slurm are killed, and Snakemake is started again",
            "the running Slurm job is adopted and not started a second time",
        ),
        "tests/cluster/test_bridge_of_a_run.py",
        "test_actor_and_driver_are_killed",
    ),
    Drill(
        Scenario(
            TOLERANCE,
            "sshd of the head node does not answer for some time",
            "jobs continue, and the run notices their ends later",
        ),
        "tests/cluster/test_bridge.py",
        "test_sshd_away_and_back",
    ),
    Drill(
        Scenario(
            TOLERANCE,
            "a job needs more memory than it requested",
            "it is ended and submitted again with more memory",
        ),
        "tests/cluster/test_drills_memory.py",
        "test_job_killed_by_slurm",
    ),
    Drill(
        Scenario(
            TOLERANCE,
            "connections to the object store break during a transfer",
            "transfers resume at the byte that they have reached; contents as without the breaks",
        ),
        "tests/objects/test_store.py",
        "test_cut_answers_are_continued",
    ),
    Drill(
        Scenario(
            "functional suitability: functional correctness",
            "one run over S3, Ray with a lost node, Slurm through ssh",
            "results equal those of a local run",
        ),
        "tests/cluster/test_whole_chain.py",
        "test_results_in_s3_are_those_of_the_local_run",
    ),
    Drill(
        Scenario(
            "interaction capability: user error protection",
            "several mistakes in config and sample sheet",
            "all are reported before any job starts",
        ),
        "tests/workflow/test_menu_and_errors.py",
        "test_all_mistakes_are_reported_before_any_job",
    ),
    Drill(
        Scenario(
            "security: authenticity",
            "another command is sent with the ssh key of the bridge",
            "it is refused: the key reaches nothing but the three requests",
        ),
        "tests/cluster/test_bridge.py",
        "test_key_allows_nothing_but_the_door",
    ),
    Drill(
        Scenario(
            "flexibility: installability",
            "a clone that its user cannot write to, small folders for temporary files",
            "the workflow runs all the same",
        ),
        "tests/workflow/test_machines.py",
        "test_a_clone_that_its_users_cannot_write_to",
    ),
)


def _range(run: Run, work: str, metric: str, unit: str, **more: int) -> str:
    """Return the engines with the least and the greatest value."""
    rows = [
        (row["median"], ENGINES.get(row["tool"], row["tool"]))
        for row in run.of(work)
        if row["metric"] == metric and more.items() <= row.items()
    ]
    if not rows:
        return NOT_MEASURED
    (low, first), (high, last) = min(rows), max(rows)
    space = " " if unit else ""
    texts = (f"{low:.0f}", f"{high:.0f}") if unit == "lines" else map(number_text, (low, high))
    least, most = (f"{text}{space}{unit}" for text in texts)
    return f"{least} ({first}) to {most} ({last})"


def _executors(run: Run) -> str:
    names = [tool for tool in run.tools("executors") if not tool.startswith(LOCAL)]
    return f"same files: {', '.join(names)}" if names else NOT_MEASURED


def _survivors(run: Run) -> str:
    rows = [row for row in run.of("killed") if row["metric"] == "time lost"]
    if not rows:
        return NOT_MEASURED
    names = [ENGINES[row["tool"]] for row in rows if row["survived"]]
    same = all(row["same_files"] for row in rows)
    files = "same files of all in the end" if same else "files DIFFER"
    return f"{', '.join(names) or 'none'} of {len(rows)} engines; {files}"


MEASUREMENTS = (
    Measurement(
        Scenario(
            "performance efficiency: time behaviour",
            "one empty item is started on two workers of this machine",
            "time from the command to its end",
        ),
        lambda run: _range(run, "empty", WALL, "s", items=1),
    ),
    Measurement(
        Scenario(
            "performance efficiency: resource utilization",
            "shards of embeddings on two workers",
            "share of the two workers' time that one process would have needed",
        ),
        lambda run: _range(run, "embed", EFFICIENCY, ""),
    ),
    Measurement(
        Scenario(
            "performance efficiency: resource utilization",
            "tiles of alignments on two workers",
            "the same",
        ),
        lambda run: _range(run, "align", EFFICIENCY, ""),
    ),
    Measurement(
        Scenario(
            TOLERANCE,
            "a worker is killed half-way (`kill -9`)",
            "engines that finish all items without a second start",
        ),
        _survivors,
    ),
    Measurement(
        Scenario(
            "compatibility: interoperability",
            "the demo on other executors than the local one",
            "the same files",
        ),
        _executors,
    ),
    Measurement(
        Scenario(
            "maintainability: modifiability",
            "an engine is replaced by another one",
            "lines of the module that must be written",
        ),
        lambda run: _range(run, "code", "lines", "lines"),
    ),
)


def scenarios(run: Run) -> str:
    """Return the tables of all scenarios: those measured, and those that drills show."""
    head = ("quality", "stimulus", "response measure")
    rows = [(*_cells(each.scenario), each.found(run)) for each in MEASUREMENTS]
    of_drills = [(*_cells(drill.scenario), f"[{drill.test}](../{drill.file})") for drill in DRILLS]
    mark = measured(run, [row["n"] for row in run.records])
    return f"{table((*head, 'measured'), rows)}\n{mark}\n\n{table((*head, 'drill'), of_drills)}"


def _cells(scenario: Scenario) -> tuple[str, str, str]:
    return scenario.quality, scenario.stimulus, scenario.response
