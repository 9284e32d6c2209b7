"""The list of stages agrees with rules, commands, targets and the report."""

import re

import pytest

from rules.stages import STAGES, reported_stages

CONFIG = {
    "reference": None,
    "truth": None,
    "results_uri": None,
    "search": {"query": None},
    "cluster": {"export": None, "assemble": None, "graph": None, "names": None},
}


def test_every_stage_has_a_rule_and_a_command(pytestconfig):
    rules = {path.stem for path in (pytestconfig.rootpath / "rules").glob("*.smk")}
    others = {"common", "check", "compile_kernels", "lists", "objects", "stage_targets"}
    others.add("run_hooks")
    assert rules - others == set(STAGES)
    for stage in STAGES:
        assert (pytestconfig.rootpath / "workflow_scripts" / f"{stage}.py").is_file()


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_rule_follows_the_list(pytestconfig, stage):
    text = (pytestconfig.rootpath / "rules" / f"{stage.name}.smk").read_text()
    assert f'**resources_of("{stage.name}"' in text
    assert f'code=code_of("{stage.name}.py"),' in text
    assert ("run=launch_command," in text) == stage.resources.is_mpi
    assert ("{wildcards.unit}" in text) == stage.is_per_unit
    assert ("<work>/counts/" in text) or not stage.counts


def test_targets_are_rules(pytestconfig):
    text = (pytestconfig.rootpath / "rules" / "stage_targets.smk").read_text()
    named = re.findall(r'^rule (\w+):\n    """.*: stage (\w+)\."""', text, re.MULTILINE)
    expected = [(stage.target, stage.name) for stage in STAGES.values() if stage.target]
    assert named == expected
    assert all(stage.target for stage in STAGES.values() if stage.is_per_unit)


def test_settings_decide_which_stages_are_part_of_a_run():
    def left_out(**given):
        config = CONFIG | given
        return {name for name, stage in STAGES.items() if not stage.is_part_of(config)}

    on_request = {"map_to_reference", "compare_with_truth", "search_reads"}
    on_request |= {"export_clusters", "assemble_clusters", "export_graph", "name_clusters"}
    on_request.add("publish_results")
    assert left_out() == on_request
    everything = {
        "reference": "a.fa",
        "truth": "t.tsv.gz",
        "results_uri": "s3://bucket/run",
        "search": {"query": "q.fa"},
        "cluster": {"export": "bam", "assemble": "spades", "graph": 1, "names": "g.fa"},
    }
    assert left_out(**everything) == set()


def test_reported_stages():
    names = [stage.name for stage in reported_stages(CONFIG)]
    assert "write_report" not in names
    assert "search_reads" not in names
    assert names == [name for name in STAGES if name in names]
    with_search = reported_stages(CONFIG | {"search": {"query": "q.fa"}})
    assert [stage.name for stage in with_search] == [*names, "search_reads"]
