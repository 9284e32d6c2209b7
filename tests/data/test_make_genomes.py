"""Compare the committed genomes with their README and with the output of make_genomes.py."""

import gzip
import re
import subprocess
import sys
from pathlib import Path

import mappy
import pytest

from readkin.formats.community import read_community
from readkin.formats.fasta import decode, encode

DATA = Path(__file__).parent
PACKAGES = ("usr/share/doc/ragout/examples", "usr/share/doc/bowtie2/examples")
README = (DATA / "genomes/README.md").read_text()


def text_of(path):
    return gzip.decompress(path.read_bytes()).decode("ascii")


def sequences():
    return {
        genome.name: decode(genome.sequences[0].bases)
        for genome in read_community(DATA / "demo_community.tsv").genomes
    }


def test_readme_lists_each_genome_with_its_length_and_gc():
    row = re.compile(
        r"\| `(\w+)\.fa\.gz` \| .* \| ([\d,]+)-([\d,]+) \| ([\d,]+) \| ([\d.]+) % \| .* \|"
    )
    listed = {name: values for name, *values in row.findall(README)}
    genomes = sequences()
    assert set(listed) == set(genomes) == {p.name[:-6] for p in DATA.glob("genomes/*.fa.gz")}
    for name, sequence in genomes.items():
        start, end, length = (int(value.replace(",", "")) for value in listed[name][:3])
        assert len(sequence) == length == end - start
        assert set(sequence) == set("ACGT")
        gc = 100 * (sequence.count("G") + sequence.count("C")) / length
        assert listed[name][3] == f"{gc:.1f}"
        header = text_of(DATA / f"genomes/{name}.fa.gz").splitlines()[0]
        assert header.startswith(f">{name} ")
        assert f"[{start}:{end}]" in header
    total = sum(map(len, genomes.values()))
    assert f"{total:,} bp together" in README
    assert 150_000 <= total <= 500_000


def test_identity_of_the_two_strains_is_that_in_the_readme():
    genomes = sequences()
    aligner = mappy.Aligner(seq=genomes["h_pylori_sjm180"], preset="asm20")
    (hit,) = aligner.map(genomes["h_pylori_g27"], cs=True)
    assert (hit.q_st, hit.q_en, hit.r_st, hit.r_en) == (0, 50_000, 0, 50_106)
    substitutions = hit.cs.count("*")
    assert f"{hit.mlen:,} equal bases in {hit.blen:,} columns" in " ".join(README.split())
    assert f"of {100 * hit.mlen / hit.blen:.1f} %; {substitutions:,} substitutions" in README
    assert f"({100 * substitutions / (substitutions + hit.mlen):.1f} % of the aligned" in README


def test_only_the_two_strains_share_31_mers():
    seen: dict[str, str] = {}
    shared = set()
    for name, sequence in sequences().items():
        reverse = decode(3 - encode(sequence)[::-1])
        for strand in (sequence, reverse):
            for i in range(len(strand) - 30):
                other = seen.setdefault(strand[i : i + 31], name)
                if other != name:
                    shared.add((other, name))
    assert shared == {("h_pylori_g27", "h_pylori_sjm180")}


@pytest.mark.skipif(
    not all((Path("/") / folder).is_dir() for folder in PACKAGES),
    reason="needs Debian's ragout-examples and bowtie2-examples",
)
def test_script_makes_the_committed_genomes(tmp_path):
    script = [sys.executable, str(DATA / "make_genomes.py")]
    subprocess.run([*script, "--output", str(tmp_path)], check=True)
    made = {path.name: text_of(path) for path in tmp_path.iterdir()}
    assert made == {path.name: text_of(path) for path in DATA.glob("genomes/*.fa.gz")}


def test_script_reports_what_to_install(tmp_path):
    script = [sys.executable, str(DATA / "make_genomes.py"), "--root", str(tmp_path)]
    done = subprocess.run(
        [*script, "--output", str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "install or unpack ragout-examples and bowtie2-examples" in done.stderr
    assert not (tmp_path / "out").exists()
