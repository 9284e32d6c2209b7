"""Command lines of the assemblers."""

from readkin.assemblers import ASSEMBLERS

PAIRS = {"R1": "1.fq", "R2": "2.fq"}


def test_commands():
    megahit, spades = ASSEMBLERS["megahit"], ASSEMBLERS["spades"]
    words = megahit.command(PAIRS | {"single": "s.fq"}, 4, 3000, "out")
    assert " ".join(words) == "megahit -t 4 -m 3145728000 -1 1.fq -2 2.fq -r s.fq -o out"
    words = spades.command({"single": "s.fq"}, 1, 3000, "out")
    assert " ".join(words) == "spades.py --sc --phred-offset 33 -t 1 -m 2 -s s.fq -o out"
    assert "-m 1 " in " ".join(spades.command(PAIRS, 1, 500, "out"))  # GB, at least one
