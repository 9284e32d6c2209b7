"""The code of a stage is its command and the package files that it imports, nothing else."""

from functools import cache

from rules import stage_code
from rules.stage_code import files_of
from rules.stages import STAGES


def names(command):
    return [
        path.split("workflow_scripts/", 1)[1].removeprefix("readkin/") for path in files_of(command)
    ]


def test_the_command_comes_first():
    assert names("find_pairs.py")[0] == "find_pairs.py"


def test_kernels_belong_to_their_stages_only():
    assert "kernels/join/lsh_join.py" in names("find_pairs.py")
    assert "kernels/smith_waterman/alignment.py" in names("align_pairs.py")
    assert "kernels/join/lsh_join.py" not in names("align_pairs.py")
    assert "kernels/smith_waterman/alignment.py" not in names("find_pairs.py")
    assert "kernels/join/query_join.py" in names("search_reads.py")
    assert "kernels/join/query_join.py" not in names("find_pairs.py")
    assert "kernels/smith_waterman/alignment.py" not in names("embed_reads.py")
    for command in ("trim_reads.py", "convert_fastq_to_bam.py"):
        assert not any(name.startswith("kernels/") for name in names(command))


def test_templates_belong_to_their_package():
    assert "report/template/page.html.j2" in names("write_report.py")


def test_files_of_an_inner_package_belong_to_it_alone():
    matrix = "formats/matrices/BLOSUM62"
    assert matrix in names("search_reads.py")
    assert matrix not in names("align_pairs.py")
    assert matrix not in names("trim_reads.py")


def test_all_stages_together_read_each_file_once(monkeypatch):
    read = []
    imports_of = stage_code.imported_files
    counted = cache(lambda *words: read.append(words) or imports_of(*words))
    monkeypatch.setattr(stage_code, "_imports", counted)
    for stage in STAGES:
        files_of(f"{stage}.py")
    assert len(read) == len(set(read)) > len(STAGES)
