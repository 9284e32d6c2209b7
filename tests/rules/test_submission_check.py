"""Values that the Slurm executor would change, and job arrays, are mistakes."""

from types import SimpleNamespace

import pytest

from rules.settings.settings import load_settings
from rules.submission_check import changed_values, job_arrays, stop_before_submission


def run_with(text: str, folder):
    """Return workflow and settings in which ``text`` is everywhere; the files need not exist."""
    (folder / "samples.tsv").write_text(f"sample\tunit\tfastq_1\ns\tu\t{text}.fq\n")
    given = {"samples": "samples.tsv", "truth": None, "reference": f"{text}.fa"}
    workflow = SimpleNamespace(
        basedir=f"/home/me/{text}",
        overwrite_configfiles=[],
        executor_settings=SimpleNamespace(array_jobs=None),
        config_settings=SimpleNamespace(config_args=["truth=null", f"report={text}"]),
    )
    (folder / f"{text}.fa").touch()
    return workflow, load_settings(given, [], probe_files=False, base_dir=folder)


@pytest.mark.parametrize("text", ["it's", 'a"quoted"', "a b", "é; & # * ? ! ~ {x-} <B> %"])
def test_other_values_pass(text, monkeypatch, tmp_path):
    (tmp_path / text).mkdir()
    monkeypatch.chdir(tmp_path / text)
    assert list(changed_values(*run_with(text, tmp_path / text))) == []


@pytest.mark.parametrize("text", ["costs $5", "`id`", "a\\b", 'it\'s "so"'])
def test_changed_values_are_mistakes(text, monkeypatch, tmp_path, capsys):
    (tmp_path / text).mkdir()
    monkeypatch.chdir(tmp_path / text)
    run = run_with(text, tmp_path / text)
    assert [(mistake.file, mistake.line, mistake.key) for mistake in changed_values(*run)] == [
        ("working directory", None, ""),
        ("clone", None, ""),
        ("command line (--config)", None, "report"),
        ("command line (--config)", None, "reference"),
        ("samples.tsv", 2, "fastq_1"),
    ]
    with pytest.raises(SystemExit, match="2"):
        stop_before_submission(*run)
    assert "write it in the config file" in capsys.readouterr().err


def test_job_arrays_are_a_mistake():
    workflow = SimpleNamespace(executor_settings=SimpleNamespace(array_jobs="trim_reads"))
    (mistake,) = job_arrays(workflow)
    assert str(mistake).startswith('profile: slurm-array-jobs: found "trim_reads", expected no job')
    workflow.executor_settings.array_jobs = None
    assert list(job_arrays(workflow)) == []
