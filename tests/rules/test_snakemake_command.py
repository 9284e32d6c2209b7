"""Snakemake's command line, parsed."""

import pytest

from rules.snakemake_command import parse_command, profile_file


def parsed(*words: str, **environment: str):
    return parse_command(["/venv/bin/snakemake", *words], environment)


def test_defaults():
    command = parsed()
    assert command.text == "snakemake"
    assert command.profile == ""
    assert command.attempt == 1
    assert command.starts_jobs
    assert command.needs_input
    assert command.to_make("a.txt") == "snakemake --cores 1 a.txt"


def test_text_can_be_typed_again():
    command = parsed("--config", "search={query: q.fa}")
    assert command.text == "snakemake --config 'search={query: q.fa}'"


@pytest.mark.parametrize(
    ("words", "environment", "profile"),
    [
        (["--profile", "parallelcluster", "-n"], {}, "parallelcluster"),
        (["-n", "--profile=mine/x"], {"SNAKEMAKE_PROFILE": "other"}, "mine/x"),
        (["--workflow-profile", "slurm"], {}, "slurm"),
        (["-j", "1"], {"SNAKEMAKE_PROFILE": "other"}, "other"),
        (["--executor", "slurm"], {}, ""),
    ],
)
def test_profile_as_the_user_named_it(words, environment, profile):
    assert parsed(*words, **environment).profile == profile


def test_attempt_of_a_job():
    assert parsed("--attempt", "3", "--mode", "remote").attempt == 3


@pytest.mark.parametrize("option", ["-n", "-np", "--dry-run", "--lint", "--unlock", "--list"])
def test_commands_that_start_no_job(option):
    assert not parsed("--profile", "parallelcluster", option).starts_jobs


@pytest.mark.parametrize("words", [["--cores", "8"], ["-c8"], ["-j", "4"], ["-F", "align_pairs"]])
def test_commands_that_start_jobs(words):
    assert parsed(*words).starts_jobs


@pytest.mark.parametrize(
    ("words", "needs_input"),
    [
        (["--lint"], False),
        (["--list-target-rules"], False),
        (["--cores", "1", "-n"], True),
        ([], True),
    ],
)
def test_commands_that_need_input(words, needs_input):
    assert parsed(*words).needs_input == needs_input


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["--cores", "8", "--keep-going"], "--cores 8"),
        (["--cores=8"], "--cores=8"),
        (["--cores", "--quiet"], "--cores"),
        (["-c", "2", "--configfile", "my config.yaml"], "-c 2 --configfile 'my config.yaml'"),
        (["--profile", "parallelcluster", "-n", "all"], "--profile parallelcluster"),
        (["all", "--cores"], "--cores"),
    ],
)
def test_command_to_resume_repeats_where_and_how_it_ran(words, options):
    assert parsed(*words).to_make("x.h5") == f"snakemake {options} x.h5"


def test_file_of_a_profile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "profile.v9+.yaml").write_text("cores: 1\n")
    assert profile_file("mine") == "mine/profile.v9+.yaml"
    assert profile_file("my other") == "my other"
    assert profile_file("") == ""
