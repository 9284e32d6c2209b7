"""Time readkin's join alone, from keys in memory to verified pairs in memory.

    python -m benchmarks.pairs.readkin_join ARGUMENTS OF find_pairs.py FOR ONE RANK

Keys and bases are read before the clock starts. The time includes exact duplicates, buckets, votes
and the check of mismatches. It does not include writing pairs, nor the limit of pairs per read,
which works on the written file.
"""

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import find_pairs
from benchmarks.launching import metered
from readkin.formats.embeddings import open_embeddings
from readkin.join.candidate_pairs import PairSettings
from readkin.join.inputs import duplicate_pairs, find_all_duplicates, key_source, read_bases
from readkin.join.key_join import compile_kernels, join_keys
from readkin.join.memory_share import share_of_memory
from readkin.kernels.join.candidates import Candidates
from readkin.parallel.mpi import world


def join_cpu(words: Sequence[object]) -> float:
    """Return the processor seconds of the join, measured in a separate process.

    Args:
        words: arguments of find_pairs.py for one rank.
    """
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder) / "join.json"
        metered([sys.executable, "-m", "benchmarks.pairs.readkin_join", *words], output=printed)
        return float(json.loads(printed.read_text())["join_cpu"])


def main(words: list[str]) -> None:
    """Run the join and print its processor seconds as JSON."""
    arguments = find_pairs.parse_arguments(words)
    settings = PairSettings(**{name: getattr(arguments, name) for name in PairSettings._fields})
    ranks = world(1)
    compile_kernels()
    memory = share_of_memory(arguments.memory_mb * 10**6, arguments.output.parent, ranks)
    assert memory is not None
    found: list[Candidates] = []
    with open_embeddings(arguments.embeddings) as file:
        reads = read_bases(file, ranks)
        counts = file["keys/count"][:]
        start = time.process_time()
        duplicates = find_all_duplicates(file, reads.packed, settings.min_overlap_bp, ranks)
        spent = time.process_time() - start
        is_duplicate = np.zeros(len(counts), np.bool_)
        is_duplicate[duplicates.duplicate] = True
        source = key_source(file, reads, is_duplicate, ranks)
        pair_filter = settings.pair_filter(file)
        blocks = list(source.blocks())
    source = source._replace(blocks=lambda: iter(blocks))
    pairs_of_duplicates = duplicate_pairs(duplicates, counts)
    most = settings.max_bucket_size
    start = time.process_time()
    join_keys(
        source,
        reads,
        pairs_of_duplicates,
        pair_filter,
        most,
        memory,
        ranks,
        lambda shard: found.append(shard.pairs),
    )
    spent += time.process_time() - start
    print(json.dumps({"join_cpu": spent}))


if __name__ == "__main__":
    main(sys.argv[1:])
