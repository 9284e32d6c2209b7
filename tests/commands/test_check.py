"""`check` on this machine; checks of a cluster are in tests/cluster."""

import gzip
from importlib.metadata import version
from pathlib import Path

import pytest

import check
from readkin.objects.settings import RunObjects, StorageSettings, objects_as_text
from readkin.objects.store import ObjectStore
from readkin.preflight.findings import State
from readkin.preflight.installation import (
    check_cache,
    check_folder,
    check_local_mpi,
    check_packages,
    check_python,
    check_ray,
    check_scratch,
)


def rows(text):
    """Return the state of each checked item in a printed table."""
    lines = [line for line in text.splitlines() if not line.startswith(" ")]
    return {line[9:25].strip(): line[:8].strip() for line in lines}


@pytest.fixture
def reads(tmp_path):
    """Two mates of three pairs."""
    paths = [tmp_path / f"reads_R{mate}.fastq.gz" for mate in (1, 2)]
    for mate, path in enumerate(paths, start=1):
        records = [f"@r{i}/{mate}\nACGTACGT\n+\nIIIIIIII\n" for i in range(3)]
        path.write_bytes(gzip.compress("".join(records).encode()))
    return paths


def test_correct_installation_passes(tmp_path, reads, capfd):
    unit = ["a.lane1", *map(str, reads)]
    work = tmp_path / "work"
    assert check.main(["--work-dir", str(work), "--full-reads", "--reads", *unit]) == 0
    text = capfd.readouterr().out
    assert rows(text) == {
        "Python": "ok",
        "packages": "ok",
        "versions": "ok",
        "profile": "skipped",
        "settings": "ok",
        "reads a.lane1": "ok",
        "work folder": "ok",
        "scratch": "ok",
        "compiled kernels": "ok",
        "MPI": "ok",
        "Ray": "ok",
        "Slurm": "skipped",
    }
    assert "3 pairs" in text
    assert "snakemake --profile parallelcluster check" in text
    assert list(work.iterdir()) == []


def test_damaged_reads_are_a_problem_and_the_rest_is_still_checked(tmp_path, reads, capfd):
    reads[1].write_bytes(gzip.compress(b"@r0/2\nACGT\n+\nIIII\n"))
    unit = ["a.lane1", *map(str, reads)]
    pins = tmp_path / "requirements.txt"
    pins.write_text("numpy==0.1\n")
    options = ["--requirements", str(pins), "--work-dir", str(tmp_path / "work")]
    assert check.main([*options, "--full-reads", "--reads", *unit]) == 1
    shown = capfd.readouterr()
    states = rows(shown.out)
    assert (states["reads a.lane1"], states["packages"]) == ("PROBLEM", "PROBLEM")
    assert states["Ray"] == "ok"
    assert "reads_R2.fastq.gz" in shown.out
    assert "check: this installation: found 2 problems, expected none; follow the" in shown.err


def test_objects_are_shown_and_read_as_files(tmp_path, reads, bucket, capfd):
    uris = [bucket.put(file.name, file.read_bytes()) for file in reads]
    store = ObjectStore(StorageSettings(endpoint_url=bucket.url))
    objects = RunObjects(store.settings, {uri: store.look(uri) for uri in uris})
    (tmp_path / "objects.json").write_text(objects_as_text(objects))
    arguments = check.parse_arguments(
        ["--objects", str(tmp_path / "objects.json"), "--full-reads", "--reads", "a.lane1", *uris]
    )
    (shown,) = check.check_objects(objects)
    assert shown.found == f"2 objects, 0.0 GB, can be read from {bucket.url}"
    assert [finding.state for finding in check.check_reads(arguments)] == [State.OK]
    bucket.put(reads[1].name, b"another")
    (finding,) = check.check_reads(arguments)
    assert finding.state is State.PROBLEM
    assert "found another object than at the start of the run" in finding.found
    assert not list(check.check_objects(RunObjects()))


def test_reads_are_only_read_on_request(reads):
    reads[0].write_bytes(b"no gzip")
    arguments = check.parse_arguments(["--reads", "a.lane1", *map(str, reads)])
    assert [finding.state for finding in check.check_reads(arguments)] == [State.SKIPPED]


def test_packages_that_differ_from_their_pins(tmp_path):
    pins = tmp_path / "requirements.txt"
    pins.write_text(
        f"# a comment\n\nnumpy=={version('numpy')}\nray==1.0 ; python_version > '3'\n"
        "no-such-package==1\nelsewhere==1 ; sys_platform == 'win32'\n"
    )
    finding = check_packages(pins)
    found = f"ray {version('ray')} instead of ==1.0, no-such-package is missing"
    assert (finding.state, finding.found) == (State.PROBLEM, found)
    assert finding.fix == "make install"


def test_shipped_pins_are_installed():
    assert check_packages(check.CLONE / "envs" / "requirements.txt").state is State.OK
    assert check_python().state is State.OK
    assert check_ray().state is State.OK


def test_folder_that_cannot_be_created(tmp_path):
    (tmp_path / "work").write_text("a file")
    finding = check_folder("work folder", tmp_path / "work")
    assert finding.state is State.PROBLEM
    assert "make" in finding.fix


def test_folder_is_created_and_left_empty(tmp_path):
    assert check_folder("work folder", tmp_path / "a" / "b").state is State.OK
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize("launcher", ["no-such-mpiexec", "mpiexec --no-such-option"])
def test_launcher_that_fails(launcher):
    finding = check_local_mpi(launcher)
    assert finding.state is State.PROBLEM
    assert "no-such" in finding.found


def test_ranks_that_mpi_does_not_connect(tmp_path):
    launcher = tmp_path / "each_alone"
    launcher.write_text('#!/bin/sh\nshift 2\n"$@"\n"$@"\n')
    launcher.chmod(0o755)
    finding = check_local_mpi(str(launcher))
    assert (finding.state, finding.found) == (State.PROBLEM, "each rank is alone")


def test_without_slurm_programs(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    arguments = check.parse_arguments(["--slurm", "--work-dir", str(tmp_path / "work")])
    *_, finding = check.all_findings(arguments)
    assert (finding.state, finding.what) == (State.PROBLEM, "Slurm")
    assert "there is no program scontrol" in finding.found


def test_wrong_argument_exits_with_2(capsys):
    with pytest.raises(SystemExit) as stop:
        check.main(["--status-command", "qstat"])
    assert stop.value.code == 2
    assert Path(check.__file__).name.removesuffix(".py") in capsys.readouterr().err


def test_kernels_outside_a_read_only_clone(tmp_path, monkeypatch):
    monkeypatch.delenv("READKIN_CACHE", raising=False)
    clone, used = Path("/proc/clone/.numba_cache/numba-1"), tmp_path / "numba-1"
    finding = check_cache(clone, used)
    assert finding.state is State.OK
    assert finding.found.startswith(f"{used}: writable")
    assert finding.found.endswith("/proc/clone/.numba_cache is read-only")


def test_the_cure_for_kernels_is_their_variable(tmp_path, monkeypatch):
    unusable, used = Path("/proc/cache/numba-1"), tmp_path / "numba-1"
    finding = check_cache(unusable, unusable)
    assert finding.state is State.PROBLEM
    assert finding.fix.endswith("or set READKIN_CACHE to another folder")
    monkeypatch.setenv("READKIN_CACHE", "/proc/cache")
    finding = check_cache(unusable, used)
    assert finding.state is State.PROBLEM
    assert finding.fix == (
        f"set READKIN_CACHE to a folder that you can write to, or unset it to use {used}"
    )


def test_temporary_folder_that_is_not_the_chosen_one(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", "/proc/no")
    finding = check_scratch(tmp_path)
    assert finding.state is State.PROBLEM
    assert finding.fix == (
        f"set TMPDIR to a folder that you can write to, or unset it to use {tmp_path}"
    )
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert check_scratch(tmp_path).state is State.OK
