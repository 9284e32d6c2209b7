"""Non-retryable failures: the next attempt reports the same message and computes nothing."""

import shlex
from pathlib import Path

import pytest

from rules.slurm_guard.non_retryable import main, marker_of

COMMAND = "set -e; python code/stage.py --reads reads.bam --k 5 2>&1 | tee logs/stage/a.b.log"


@pytest.fixture(autouse=True)
def work_folder(tmp_path: Path, monkeypatch) -> None:
    """A stage, its input and its log."""
    monkeypatch.chdir(tmp_path)
    for name in ("code/stage.py", "code/inner/module.py", "reads.bam", "logs/stage/a.b.log"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(name)


def marker(command: str = COMMAND) -> Path:
    found = marker_of(command)
    assert found is not None
    return found


def test_marker_lies_beside_the_log() -> None:
    assert marker().parent == Path("logs/stage")
    assert marker().name.startswith("a.b.")
    assert marker().suffix == ".failure"
    assert marker_of("python code/stage.py") is None


@pytest.mark.parametrize("changed", ["reads.bam", "code/stage.py", "code/inner/module.py"])
def test_key_depends_on_inputs_and_code(changed: str) -> None:
    before = marker()
    Path(changed).write_text("something else")
    assert marker() != before


@pytest.mark.parametrize("changed", ["reads.bam", "bams.txt", "a b.bam", "-c.bam"])
def test_key_depends_on_inputs_in_lists_and_options(changed: str) -> None:
    Path("bams.txt").write_text("reads.bam\na b.bam\n")
    for name in ("a b.bam", "-c.bam"):
        Path(name).touch()
    command = COMMAND.replace("--reads reads.bam", "--bam @bams.txt --more=-c.bam")
    before = marker(command)
    Path(changed).write_text("something else\n")
    assert marker(command) != before


def test_settings_that_are_too_long_for_a_path() -> None:
    setting = shlex.quote('{"samples": "samples.tsv", ' + 300 * "x")
    for option in (f"--config {setting}", f"--config={setting}"):
        assert marker(COMMAND.replace("--k 5", option)) != marker()


def test_key_depends_on_settings_but_not_on_the_log() -> None:
    before = marker()
    Path("logs/stage/a.b.log").write_text("more")
    assert marker() == before
    assert marker(COMMAND.replace("--k 5", "--k 6")) != before


def test_second_attempt_ends_with_the_same_message(capsys) -> None:
    assert main(["1", COMMAND]) == 0
    assert capsys.readouterr().out == f"{marker()}\n"
    marker().write_text("2\nstage: bad data\n")
    assert main(["2", COMMAND]) == 2
    message = capsys.readouterr().err
    assert message.startswith("stage: bad data\nNot tried again")
    assert Path("logs/stage/a.b.log").read_text() == message


def test_other_failures_are_tried_again() -> None:
    assert main(["2", COMMAND]) == 0


def test_first_attempt_of_a_run_tries_again() -> None:
    marker().write_text("1\nstage: bad data\n")
    other = Path("logs/stage/a.c.0123.failure")
    other.write_text("1\nof another sample\n")
    assert main(["1", COMMAND]) == 0
    assert not marker().exists()
    assert other.exists()
