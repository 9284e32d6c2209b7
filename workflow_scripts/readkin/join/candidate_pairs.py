"""Candidate pairs of a file of embeddings: shards of pairs, the file over them, and counts."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from readkin.errors import InputError
from readkin.formats.atomic_write import atomic_folder, remove_unfinished
from readkin.formats.counts import Flow
from readkin.formats.embeddings import open_embeddings
from readkin.formats.pairs import (
    PairsRun,
    PairsShard,
    ShardOfPairs,
    finished_shard,
    read_shard,
    read_votes,
    shard_name,
    write_pairs_index,
    write_pairs_manifest,
    write_shard,
)
from readkin.join.inputs import duplicate_pairs, find_all_duplicates, key_source, read_bases
from readkin.join.key_join import JoinCounts, PairsOfShard, join_keys
from readkin.join.memory_share import MemoryShare, without_reads
from readkin.join.pair_cap import PairCap, PartnerCounts
from readkin.join.stripes import ReadsToJoin
from readkin.kernels.join.candidates import PairVotes
from readkin.kernels.join.lsh_join import PairFilter
from readkin.parallel.mpi import Ranks
from readkin.provenance import fingerprint_of

SPARE_MISMATCHES = 3  # that a pair may have in addition to max_mismatch_rate


class PairSettings(NamedTuple):
    """Settings that decide which pairs are candidates.

    Attributes:
        max_bucket_size: reads; see kernels/join/hash_buckets.py.
        min_votes: shared keys of a pair.
        min_overlap_bp: bases, on the diagonal of the shared keys.
        max_mismatch_rate: unequal bases in the overlap, share.
        max_pairs_per_read: pairs; those with most votes stay.
    """

    max_bucket_size: int
    min_votes: int
    min_overlap_bp: int
    max_mismatch_rate: float
    max_pairs_per_read: int

    def pair_filter(self, embeddings: h5py.File) -> PairFilter:
        """Return the conditions that the kernels check for each pair of these embeddings."""
        keys = json.loads(embeddings.attrs["parameters"])
        return PairFilter(
            min_votes=self.min_votes,
            min_overlap=self.min_overlap_bp,
            max_mismatch_rate=self.max_mismatch_rate,
            spare_mismatches=SPARE_MISMATCHES,
            # as two reads share that differ in this share of their bases
            keys_per_base=keys["key_fraction"] * (1 - self.max_mismatch_rate) ** keys["key_k"],
        )


class KeyAndPairCounts(NamedTuple):
    """Numbers of keys and pairs.

    Attributes:
        n_keys: all keys.
        keys_of_duplicates: keys of exact duplicates, which are left out.
        reads_without_key: reads.
        duplicates: number of exact duplicates, and of their pairs.
        removed_by_cap: pairs beyond max_pairs_per_read.
        joined: counts of the join.
    """

    n_keys: int
    keys_of_duplicates: int
    reads_without_key: int
    duplicates: int
    removed_by_cap: int
    joined: JoinCounts

    def flows(self) -> list[Flow]:
        """Return the flows of keys and pairs."""
        keys, pairs = self.joined.keys, self.joined.pairs
        dropped_keys = {
            "key of an exact duplicate": self.keys_of_duplicates,
            "key seen in one read only": keys.singletons,
        }
        dropped_pairs = {
            "fewer votes than min_votes": pairs.few_votes,
            "overlap shorter than min_overlap_bp": pairs.short_overlap,
            "more mismatches than max_mismatch_rate": pairs.many_mismatches,
            "beyond max_pairs_per_read": self.removed_by_cap,
        }
        kept = pairs.kept + self.duplicates - self.removed_by_cap
        return [
            Flow("keys", self.n_keys, keys.uncapped + keys.capped, dropped_keys),
            Flow("pairs", kept + sum(dropped_pairs.values()), kept, dropped_pairs),
        ]

    def details(self) -> dict[str, int]:
        """Return the other counts by their names in the counts file."""
        keys = self.joined.keys
        return {
            "exact duplicates": self.duplicates,
            "reads without a key": self.reads_without_key,
            "shared keys": self.joined.votes,
            "capped buckets": keys.capped_buckets,
            "keys in capped buckets": keys.capped,
            "pairs of keys left out in capped buckets": keys.pairs_left_out,
            "reads in the largest bucket": keys.largest,
        }


class PairsPaths(NamedTuple):
    """Files to write: the virtual file, and the folder of its shards."""

    whole: Path
    shards: Path


class OwnShards:
    """Shards that this rank has written, in order."""

    def __init__(self, folder: Path, run: PairsRun) -> None:
        """
        Args:
            folder: for the shards.
            run: common properties of all shards.
        """
        self._folder, self._run = folder, run
        self._paths: list[Path] = []

    def add(self, number: int, shard: ShardOfPairs) -> None:
        """Write shard ``number``."""
        path = self._folder / shard_name(number)
        write_shard(path, self._run, shard)
        self._paths.append(path)

    def votes(self) -> Iterator[PairVotes]:
        """Yield the votes of the pairs of each shard."""
        for path in self._paths:
            yield read_votes(path)

    def cap(self, cap: PairCap) -> int:
        """Remove the pairs beyond the cap; return their number. All ranks must call it."""
        removed = 0
        for path, stays in zip(self._paths, cap.stays(), strict=True):
            if not stays.all():
                shard = read_shard(path)
                write_shard(path, self._run, shard._replace(pairs=shard.pairs.rows(stays)))
                removed += int(stays.size - stays.sum())
        return removed

    def finished(self) -> list[PairsShard]:
        """Make the shards last; return their entries for the manifest."""
        return [finished_shard(path) for path in self._paths]


def write_candidate_pairs(
    embeddings: Path, paths: PairsPaths, settings: PairSettings, memory: MemoryShare, ranks: Ranks
) -> KeyAndPairCounts:
    """Join the keys of a file of embeddings and write the pairs; all ranks must call it.

    Each rank writes the shards of its own pairs. The shards are published together, at the end.

    Args:
        embeddings: HDF5 file of embed_reads.
        paths: files to write.
        settings: which pairs are candidates.
        memory: of this rank.
        ranks: all ranks.

    Raises:
        InputError: if the embeddings are damaged, or have too many reads for their length.
    """
    if ranks.is_root:  # so that one rank alone reports an error of the index or a missing shard
        open_embeddings(embeddings, slice(0)).close()
    ranks.barrier()
    with open_embeddings(embeddings, slice(ranks.rank, None, ranks.size)) as file:
        key_counts = file["keys/count"][:]
        reads = _read_bases(embeddings, file, ranks)
        memory = without_reads(memory, reads.packed, ranks)
        duplicates = find_all_duplicates(file, reads.packed, settings.min_overlap_bp, ranks)
        is_duplicate = np.zeros(len(key_counts), np.bool_)
        is_duplicate[duplicates.duplicate] = True
        partners = PartnerCounts(is_duplicate)
        run = _run(settings, file.attrs, len(key_counts))
        with _unfinished_folder(paths.shards, ranks) as folder:
            own = OwnShards(folder, run)

            def write(shard: PairsOfShard) -> None:
                partners.add(shard.pairs.pair_votes)
                bounds = [shard.first_read, shard.end_read]
                rows = slice(*np.searchsorted(duplicates.original, bounds).tolist())
                own.add(
                    shard.number,
                    ShardOfPairs(
                        first_read=shard.first_read,
                        end_read=shard.end_read,
                        pairs=shard.pairs,
                        duplicate=duplicates.duplicate[rows],
                        original=duplicates.original[rows],
                    ),
                )

            joined = join_keys(
                key_source(file, reads, is_duplicate, ranks),
                reads,
                duplicate_pairs(duplicates, key_counts),
                settings.pair_filter(file),
                settings.max_bucket_size,
                memory,
                ranks,
                write,
            )
            cap = PairCap(own.votes, partners, settings.max_pairs_per_read, ranks)
            removed_by_cap = ranks.sum(own.cap(cap)) if cap.is_reached else 0
            of_ranks = ranks.gather(own.finished()) or []
            shards = [shard for of_rank in of_ranks for shard in of_rank]
            if ranks.is_root:
                write_pairs_manifest(folder, run, shards)
        if ranks.is_root:
            write_pairs_index(paths.whole, paths.shards, run, shards)
    return KeyAndPairCounts(
        n_keys=int(key_counts.sum()),
        keys_of_duplicates=int(key_counts[is_duplicate].sum()),
        reads_without_key=int((key_counts == 0).sum()),
        duplicates=len(duplicates.original),
        removed_by_cap=removed_by_cap,
        joined=joined,
    )


def _read_bases(embeddings: Path, file: h5py.File, ranks: Ranks) -> ReadsToJoin:
    try:
        return read_bases(file, ranks)
    except OverflowError as error:
        expected, advice = "fewer or shorter reads", "split the reads into several runs"
        raise InputError(embeddings, str(error), expected, advice) from None


def _run(settings: PairSettings, attributes: h5py.AttributeManager, n_reads: int) -> PairsRun:
    """Return the common properties of all shards, with the fingerprint of all that decides them."""
    decisive = {**settings._asdict(), "embeddings": attributes["fingerprint"]}
    return PairsRun(
        parameters=settings._asdict(),
        fingerprint=fingerprint_of(decisive, __file__),
        reads_fingerprint=attributes["reads_fingerprint"],
        embeddings_fingerprint=attributes["fingerprint"],
        n_reads=n_reads,
    )


@contextmanager
def _unfinished_folder(folder: Path, ranks: Ranks) -> Iterator[Path]:
    """Yield a folder for the shards of all ranks, which the root publishes as ``folder``."""
    with ExitStack() as stack:
        unfinished = None
        if ranks.is_root:
            remove_unfinished(folder)
            unfinished = stack.enter_context(atomic_folder(folder))
        yield ranks.broadcast(unfinished)
        ranks.barrier()
