"""All embedding methods by name.

To add one, write a class like ``CountSketch`` and enter it in ``METHODS`` and in the schema of the
configuration: its name is then accepted as ``embed: method``, and the settings of that section
reach its ``make``.
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
