"""Settings, sheet and files checked together, and the exit of a real Snakemake."""

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from rules.settings.input_probe import HDF5_SIGNATURE
from rules.settings.mistakes import ConfigError, Diagnosis
from rules.settings.schema import CONFIG_FOLDER
from rules.settings.settings import load_settings

REPOSITORY = CONFIG_FOLDER.parent
SHEET = "sample\tunit\tfastq_1\tfastq_2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working directory with two units, sheet and configuration."""
    for file, name in {"a_1.fq.gz": "x/1", "a_2.fq.gz": "x/2", "b.fq": "y"}.items():
        record = f"@{name}\nACGT\n+\nIIII\n".encode()
        (tmp_path / file).write_bytes(gzip.compress(record) if file.endswith("gz") else record)
    (tmp_path / "samples.tsv").write_text(SHEET + "a\t1\ta_1.fq.gz\ta_2.fq.gz\n007\t1\tb.fq\t\n")
    (tmp_path / "config.yaml").write_text("samples: samples.tsv\nembed:\n  k: 12\n")
    return tmp_path


def load(folder: Path, probe_files: bool = True):
    config = yaml.safe_load((folder / "config.yaml").read_text())
    return load_settings(config, ["config.yaml"], probe_files, folder)


def test_settings(folder: Path):
    settings = load(folder)
    assert [unit.name for unit in settings.units] == ["a.1", "007.1"]
    assert settings.config["embed"]["k"] == 12
    assert settings.config["embed"]["key_k"] == 16
    assert settings.config["pairs"]["min_votes"] == 1


def test_null_settings_follow_the_error_rate(folder: Path):
    with (folder / "config.yaml").open("a") as file:
        file.write("expected_error_rate: 0.05\npairs: {max_mismatch_rate: 0.3}\n")
    config = load(folder).config
    assert (config["embed"]["key_k"], config["embed"]["key_fraction"]) == (14, 0.333)
    assert config["pairs"]["max_mismatch_rate"] == 0.3


def test_everything_in_one_listing(folder: Path):
    (folder / "config.yaml").write_text(
        "report:\n  titel: x\nsamples: samples.tsv\ntruth: gs://bucket/t.tsv.gz\n"
        "reference: a.fa\nembed: {k: 40}\n"
    )
    with (folder / "samples.tsv").open("a") as sheet:
        sheet.write("c\t1\tc.fq\nd d\t1\tb.fq\n")
    with pytest.raises(ConfigError) as caught:
        load(folder)
    text = str(caught.value)
    blocks = text.split("\n\n")
    assert [line.split(": ")[:2] for line in blocks[0].splitlines()] == [
        ["config.yaml:2", "report.titel"],
        ["config.yaml:4", "truth"],
        ["config.yaml:5", "reference"],
        ["config.yaml:6", "embed.k"],
    ]
    assert [line.split(": ")[:2] for line in blocks[1].splitlines()] == [
        ["samples.tsv:4", "fastq_1"],
        ["samples.tsv:5", "sample"],
        ["samples.tsv:5", "fastq_1"],
    ]
    assert blocks[2] == "7 errors (4 in config.yaml, 3 in samples.tsv); nothing was started."
    assert len(blocks) == 3
    assert len(caught.value.mistakes) == 7


def messages(folder: Path, config: str, probe_files: bool = True) -> list[str]:
    (folder / "config.yaml").write_text(config)
    with pytest.raises(ConfigError) as caught:
        load(folder, probe_files)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_a_missing_assembler_is_found_before_a_run(folder: Path, monkeypatch):
    text = "samples: samples.tsv\ncluster:\n  assemble: spades\n"
    monkeypatch.setenv("PATH", str(folder))
    assert messages(folder, text) == [
        "config.yaml:3: cluster.assemble: found no program spades.py on PATH, expected an installed"
        " assembler; install it: apt-get install spades, or conda install -c conda-forge -c"
        " bioconda spades"
    ]
    assert load(folder, probe_files=False).config["cluster"]["assemble"] == "spades"
    (folder / "spades.py").write_text("#!/bin/sh\n")
    (folder / "spades.py").chmod(0o755)
    assert load(folder).config["cluster"]["assemble"] == "spades"


def test_one_mistake_is_one_error(folder: Path):
    (folder / "config.yaml").write_text("samples: sampels.tsv\n")
    with pytest.raises(ConfigError) as caught:
        load(folder)
    assert str(caught.value) == (
        'config.yaml:1: samples: found no file "sampels.tsv", expected an existing sample sheet '
        "file; did you mean `samples.tsv`?\n\n1 error (1 in config.yaml); nothing was started."
    )


def test_sheet_that_is_a_url_or_no_text(folder: Path):
    assert messages(folder, "samples: s3://bucket/samples.tsv\n") == [
        'config.yaml:1: samples: found "s3://bucket/samples.tsv", expected a path in the file '
        "system; s3:// is not supported here; copy the file to such a path"
    ]
    assert messages(folder, "samples: 7\n") == [
        'config.yaml:1: samples: found 7, expected a path; write it in quotes: "7"'
    ]


def test_reference_and_truth_are_probed_in_the_main_process_only(folder: Path):
    config = "samples: samples.tsv\nreference: b.fq\ntruth: a_1.fq.gz\n"
    assert messages(folder, config) == [
        "b.fq: reference: found FASTQ, which starts with '@y', expected FASTA, plain or "
        "compressed (gz, bz2, xz); provide a FASTA file",
        'config.yaml:3: truth: found "@x/1" in line 1, expected the columns read_id, genome, '
        "start, end, strand, separated by tabs; "
        "provide a truth table as simulate_reads.py writes it, or set truth: null",
    ]
    settings = load(folder, probe_files=False)
    assert settings.config["reference"] == "b.fq"


def test_start_embedding_is_probed_for_its_method_only(folder: Path):
    config = "samples: samples.tsv\ncluster:\n  start_embedding: b.fq\n"
    assert messages(folder, config) == [
        "config.yaml:3: cluster.start_embedding: found another format, expected "
        "learned_embedding.h5 of an earlier run (HDF5); "
        "provide such a file, or set cluster.start_embedding: null"
    ]
    (folder / "config.yaml").write_text(f"{config}  method: connected_components\n")
    assert load(folder).config["cluster"]["start_embedding"] == "b.fq"
    (folder / "m.h5").write_bytes(HDF5_SIGNATURE)
    (folder / "config.yaml").write_text("samples: samples.tsv\ncluster: {start_embedding: m.h5}\n")
    assert load(folder).config["cluster"]["start_embedding"] == "m.h5"
    (folder / "results").mkdir()
    (folder / "results" / "learned_embedding.h5").write_bytes(HDF5_SIGNATURE)
    own = "samples: samples.tsv\ncluster: {start_embedding: results/learned_embedding.h5}\n"
    assert messages(folder, own) == [
        "config.yaml:2: cluster.start_embedding: found the file that this run writes, expected "
        "that of an earlier run in another folder; copy it and write its path"
    ]


def test_names_of_clusters_are_probed(folder: Path):
    config = "samples: samples.tsv\ncluster: {names: samples.tsv}\n"
    assert messages(folder, config) == [
        "samples.tsv: cluster.names: found a file that starts with 'sample\\tunit\\tfastq_1', "
        "expected FASTA or FASTQ, plain or compressed (gz, bz2, xz); check or replace the file"
    ]


def test_files_of_a_search_are_probed(folder: Path):
    config = "samples: samples.tsv\nsearch:\n  query: q.fa\n  database: samples.tsv\n"
    assert messages(folder, config) == [
        'config.yaml:3: search.query: found no file "q.fa", expected an existing FASTA or FASTQ '
        f"file; check the path: {folder}/q.fa does not exist",
        "samples.tsv: search.database: found a file that starts with 'sample\\tunit\\tfastq_1', "
        "expected FASTA or FASTQ, plain or compressed (gz, bz2, xz); check or replace the file",
    ]
    (folder / "config.yaml").write_text(
        "samples: samples.tsv\nsearch: {query: b.fq, database: a_1.fq.gz}\n"
    )
    assert load(folder).config["search"]["query"] == "b.fq"


def test_database_without_a_search_is_not_probed(folder: Path):
    (folder / "config.yaml").write_text("samples: samples.tsv\nsearch: {database: d.fa}\n")
    assert load(folder).config["search"]["database"] == "d.fa"


def test_a_search_without_query_is_reported_with_its_line(folder: Path, capsys):
    (folder / "config.yaml").write_text("samples: samples.tsv\nsearch:\n  query: null\n")
    missing = Diagnosis("nothing (null)", "a FASTA file", "write its path")
    with pytest.raises(SystemExit) as stopped:
        load(folder).stop_at(("search", "query"), missing)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == (
        "config.yaml:3: search.query: found nothing (null), expected a FASTA file; "
        "write its path\n\n1 error (1 in config.yaml); nothing was started.\n"
    )


def test_truth_of_the_demo_with_own_reads(folder: Path):
    (folder / "demo").mkdir()
    truth = folder / "demo" / "truth.tsv.gz"
    truth.write_bytes(gzip.compress(b"read_id\tgenome\tstart\tend\tstrand\n"))
    config = "samples: samples.tsv\ntruth: demo/truth.tsv.gz\n"
    assert messages(folder, config) == [
        'config.yaml:2: truth: found "demo/truth.tsv.gz", the truth of the demo, '
        "expected the truth of the reads in the sample sheet; write truth: null"
    ]
    shutil.copy(folder / "b.fq", folder / "demo" / "b.fq")
    (folder / "samples.tsv").write_text(SHEET + "demo\t1\tdemo/b.fq\t\n")
    assert load(folder).config["truth"] == "demo/truth.tsv.gz"


def test_jobs_need_no_input_files(folder: Path):
    for path in folder.glob("*.fq*"):
        path.unlink()
    assert len(load(folder, probe_files=False).units) == 2
    assert len(messages(folder, "samples: samples.tsv\n")) == 3


def test_importing_is_cheap():
    code = (
        "import sys, rules.settings;"
        "print([m for m in ('jsonschema', 'yaml', 'numpy', 'snakemake') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


SNAKEFILE = """
from rules.programs import escape_interpreter_path
from rules.settings.settings import exit_if_unreadable, settings_or_exit
escape_interpreter_path()
exit_if_unreadable("config.yaml")
configfile: "config.yaml"
settings = settings_or_exit(
    config, ["config.yaml", *workflow.overwrite_configfiles], workflow.is_main_process
)
config.update(settings.config)
rule all:
    input: "out.txt"
rule write:
    output: "out.txt"
    params: config["embed"]["k"]
    run: open(output[0], "w").write(f"{params[0]} {config['embed']['key_k']}")
"""


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Snakefile that calls the settings as ours does."""
    shutil.copytree(REPOSITORY / "rules", folder / "rules", dirs_exist_ok=True)
    shutil.copytree(REPOSITORY / "config", folder / "config", dirs_exist_ok=True)
    package = Path("workflow_scripts") / "readkin"
    shutil.copytree(REPOSITORY / package, folder / package, dirs_exist_ok=True)
    (folder / "Snakefile").write_text(SNAKEFILE)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--quiet", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_snakemake_ends_with_the_listing_and_exit_code_2(folder: Path):
    (folder / "more.yaml").write_text("\nembed: {kk: 3}\n")
    (folder / "config.yaml").write_text("samples: samples.tsv\ntrim:\n  min_quality: 99\n")
    given = ["--configfile", "more.yaml", "--config", "align={gap_open: 0}"]
    done = snakemake(folder, *given)
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if "found" in line or "errors" in line]
    assert [line.partition(" found")[0] for line in lines] == [
        "config.yaml:3: trim.min_quality:",
        "more.yaml:2: embed.kk:",
        "command line (--config): align.gap_open:",
        "3 errors (1 in config.yaml, 1 in more.yaml, 1 in command line (--config)); "
        "nothing was started.",
    ]
    assert "Traceback" not in done.stderr
    assert "Snakefile" not in done.stderr


def test_snakemake_with_broken_yaml(folder: Path):
    (folder / "config.yaml").write_text("trim:\n\tmin_quality: 9\n")
    done = snakemake(folder)
    assert done.returncode == 2
    assert done.stderr == (
        "config.yaml:2: found a tab, expected spaces; indent with two spaces instead of the tab"
        "\n\n1 error (1 in config.yaml); nothing was started.\n"
    )


def test_snakemake_with_values_of_the_command_line(folder: Path):
    # The run directive starts a second Snakemake, as jobs on a cluster do.
    done = snakemake(folder, "--config", "embed={key_k: 17}", "reference=")
    assert done.returncode == 0, done.stderr
    assert (folder / "out.txt").read_text() == "12 17"
