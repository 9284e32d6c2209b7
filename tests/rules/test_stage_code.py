"""The code of a stage is its command and the package files that it imports, nothing else."""

from rules.stage_code import files_of


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
    assert not any(name.startswith("kernels/") for name in names("trim_reads.py"))


def test_templates_belong_to_their_package():
    assert "report/template/page.html.j2" in names("write_report.py")


def test_files_of_an_inner_package_belong_to_it_alone():
    matrix = "formats/matrices/BLOSUM62"
    assert matrix in names("search_reads.py")
    assert matrix not in names("align_pairs.py")
    assert matrix not in names("trim_reads.py")
