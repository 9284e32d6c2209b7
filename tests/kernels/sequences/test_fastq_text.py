"""FASTQ records as text: against formatting in Python."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from readkin.formats.fasta import encode
from readkin.kernels.sequences.fastq_text import fastq_text

READ = st.tuples(st.text("ACGTN", max_size=12), st.text("ab:1", max_size=5))


@given(st.lists(READ, min_size=1, max_size=6), st.data())
def test_agrees_with_formatting(reads, data):
    index = data.draw(st.lists(st.integers(0, len(reads) - 1), max_size=8))
    offsets = np.cumsum([0, *(len(bases) for bases, _ in reads)])
    qualities = np.arange(offsets[-1], dtype=np.uint8) % 41
    bases = encode("".join(bases for bases, _ in reads)), qualities, offsets
    characters = np.frombuffer("".join(name for _, name in reads).encode(), np.uint8)
    names = characters, np.cumsum([0, *(len(name) for _, name in reads)])
    expected = ""
    for i in index:
        shown = "".join(chr(33 + q) for q in qualities[offsets[i] : offsets[i + 1]])
        expected += f"@{reads[i][1]}\n{reads[i][0]}\n+\n{shown}\n"
    text = fastq_text(bases, names, np.array(index, np.int64))
    assert text.tobytes().decode() == expected
