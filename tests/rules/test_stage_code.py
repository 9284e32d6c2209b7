"""A stage's files: found through imports however deep, and nothing else."""

from rules.stage_code import SCRIPTS, files_of


def names(command, scripts=SCRIPTS):
    folder = f"{scripts.name}/"
    return [path.split(folder, 1)[1] for path in files_of(command, scripts)]


def test_follows_imports_through_packages(tmp_path, monkeypatch):
    scripts = tmp_path / "scripts"
    (scripts / "pkg" / "pages").mkdir(parents=True)
    (scripts / "pkg" / "__pycache__").mkdir()
    files = {
        "stage.py": "import os\nfrom pkg.first import x\n",
        "pkg/__init__.py": "",
        "pkg/first.py": "def f():\n    import pkg.second\n",
        "pkg/second.py": "import numpy, stage\n",
        "pkg/unused.py": "",
        "pkg/pages/page.html": "",
        "pkg/__pycache__/first.nbi": "",
        "other.py": "",
    }
    for name, content in files.items():
        (scripts / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    assert files_of("stage.py", scripts) == [
        "scripts/stage.py",
        "scripts/pkg/__init__.py",
        "scripts/pkg/first.py",
        "scripts/pkg/pages/page.html",
        "scripts/pkg/second.py",
    ]


def test_the_kernels_belong_to_their_stages_only():
    assert "kernels/lsh_join.py" in names("find_pairs.py")
    assert "kernels/smith_waterman.py" in names("align_pairs.py")
    assert "kernels/lsh_join.py" not in names("align_pairs.py")
    assert "kernels/smith_waterman.py" not in names("find_pairs.py")
    assert "kernels/query_join.py" in names("search_reads.py")
    assert "kernels/query_join.py" not in names("find_pairs.py")
    assert "kernels/smith_waterman.py" not in names("embed_reads.py")
    assert not any(name.startswith("kernels/") for name in names("trim_reads.py"))


def test_templates_belong_to_their_package():
    assert "reporting/template/page.html.j2" in names("write_report.py")


def test_files_of_an_inner_package_belong_to_it_alone():
    matrix = "formats/matrices/BLOSUM62"
    assert matrix in names("search_reads.py")
    assert matrix not in names("align_pairs.py")
    assert matrix not in names("trim_reads.py")
