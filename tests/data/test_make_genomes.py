"""Compare the committed genomes with their READMEs and with the output of make_genomes.py."""

import gzip
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import mappy
import pytest

from readkin.formats.community import read_community
from readkin.formats.fasta import decode, encode

DATA = Path(__file__).parent
COMMUNITIES = {"genomes": "small_community.tsv", "demo_genomes": "demo_community.tsv"}
PACKAGES = ("ragout", "bowtie2", "kleborate")
STRAINS = ("h_pylori_g27", "h_pylori_sjm180")


def text_of(path):
    return gzip.decompress(path.read_bytes()).decode("ascii")


def readme(folder):
    return " ".join((DATA / folder / "README.md").read_text().split())


def sequences(folder):
    """Return the bases of all sequences of a community, by FASTA file and name."""
    rows = (DATA / COMMUNITIES[folder]).read_text().splitlines()
    fasta = dict(row.split("\t")[:2] for row in rows if not row.startswith("#"))
    return {
        (Path(fasta[genome.name]).name, sequence.name): decode(sequence.bases)
        for genome in read_community(DATA / COMMUNITIES[folder]).genomes
        for sequence in genome.sequences
    }


def shared_31_mers(folder):
    """Return the number of 31-mers that two files share, on either strand, by pair of files."""
    words = {}
    for (file, _), sequence in sequences(folder).items():
        found = words.setdefault(file.removesuffix(".fa.gz"), set())
        for strand in (sequence, decode(3 - encode(sequence)[::-1])):
            found.update(strand[i : i + 31] for i in range(len(strand) - 30))
    shared = {pair: len(words[pair[0]] & words[pair[1]]) // 2 for pair in combinations(words, 2)}
    return {pair: number for pair, number in shared.items() if number}


@pytest.mark.parametrize("folder", COMMUNITIES)
def test_readme_lists_each_sequence_with_its_length_and_gc(folder):
    row = re.compile(
        r"\| `(\w+\.fa\.gz)` \|(?: `(\w+)` \|)? [^|]* \| [^|]* \| ([\d,]+)-([\d,]+) \| ([\d,]+)"
        r" \| ([\d.]+) % \|"
    )
    listed = {
        (file, name or file.removesuffix(".fa.gz")): values
        for file, name, *values in row.findall(readme(folder))
    }
    found = sequences(folder)
    assert set(listed) == set(found)
    assert {file for file, _ in found} == {path.name for path in DATA.glob(f"{folder}/*.fa.gz")}
    for (file, name), sequence in found.items():
        start, end, length = (int(value.replace(",", "")) for value in listed[file, name][:3])
        assert len(sequence) == length == end - start
        assert set(sequence) == set("ACGT")
        gc = 100 * (sequence.count("G") + sequence.count("C")) / length
        assert listed[file, name][3] == f"{gc:.1f}"
        headers = [line for line in text_of(DATA / folder / file).splitlines() if line[0] == ">"]
        (header,) = (line for line in headers if line.startswith(f">{name} "))
        assert f"[{start}:{end}]" in header
    assert f"{sum(map(len, found.values())):,} bp together" in readme(folder)


def test_the_genomes_do_not_make_the_repository_large():
    assert sum(path.stat().st_size for path in DATA.glob("*genomes/*.fa.gz")) < 600_000


def test_identity_of_the_two_strains_is_that_in_the_readme():
    first, second = (sequences("genomes")[f"{strain}.fa.gz", strain] for strain in STRAINS)
    (hit,) = mappy.Aligner(seq=second, preset="asm20").map(first, cs=True)
    assert (hit.q_st, hit.q_en, hit.r_st, hit.r_en) == (0, 50_000, 0, 50_106)
    substitutions = hit.cs.count("*")
    text = readme("genomes")
    assert f"{hit.mlen:,} equal bases in {hit.blen:,} columns" in text
    assert f"of {100 * hit.mlen / hit.blen:.1f} %; {substitutions:,} substitutions" in text
    assert f"({100 * substitutions / (substitutions + hit.mlen):.1f} % of the aligned" in text


def test_only_the_two_strains_of_the_small_community_share_31_mers():
    assert set(shared_31_mers("genomes")) == {STRAINS}


def test_31_mers_that_genomes_of_the_demo_share_are_those_in_the_readme():
    shared, text = shared_31_mers("demo_genomes"), readme("demo_genomes")
    coli, klebsiella, vibrio = "e_coli_mg1655", "k_pneumoniae_mgh78578", "v_cholerae_o395"
    assert f"{shared[STRAINS]:,} of their 31-mers are equal" in text
    assert f"share {shared[coli, klebsiella]:,} 31-mers" in text
    least, most = sorted((shared[coli, vibrio], shared[klebsiella, vibrio]))
    assert f"{least} to {most} 31-mers" in text
    assert ("s_aureus_n315", vibrio) in shared


@pytest.mark.skipif(
    not all(Path("/usr/share/doc", package, "examples").is_dir() for package in PACKAGES),
    reason="needs Debian's ragout-examples, bowtie2-examples and kleborate-examples",
)
def test_script_makes_the_committed_genomes(tmp_path):
    script = [sys.executable, str(DATA / "make_genomes.py")]
    subprocess.run([*script, "--output", str(tmp_path)], check=True)
    made = {str(path.relative_to(tmp_path)): text_of(path) for path in tmp_path.glob("*/*")}
    committed = DATA.glob("*genomes/*.fa.gz")
    assert made == {str(path.relative_to(DATA)): text_of(path) for path in committed}


def test_script_reports_what_to_install(tmp_path):
    script = [sys.executable, str(DATA / "make_genomes.py"), "--root", str(tmp_path)]
    done = subprocess.run(
        [*script, "--output", str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "install or unpack ragout-examples, kleborate-examples" in done.stderr
    assert not (tmp_path / "out").exists()
