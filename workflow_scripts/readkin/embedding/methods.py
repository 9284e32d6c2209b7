"""Embedding methods by name.

A new method is a class like ``CountSketch`` in a module of its own: an edit of it invalidates no
other method's shards. Enter it in ``METHODS`` and in the schema of the configuration; its name is
then accepted as ``embed: method``, and its ``make`` receives the settings of that section.
"""

from collections.abc import Callable

from readkin.embedding.count_sketch import CountSketch
from readkin.embedding.hf import HuggingFace
from readkin.embedding.lshvec import Lshvec
from readkin.embedding.protocol import EmbeddingMethod, MethodSettings, TrainingReads
from readkin.embedding.tetranucleotide import Tetranucleotide

METHODS: dict[str, Callable[[MethodSettings, TrainingReads], EmbeddingMethod]] = {
    "count_sketch": CountSketch.make,
    "tetranucleotide": Tetranucleotide.make,
    "lshvec": Lshvec.make,
    "hf": HuggingFace.make,
}
