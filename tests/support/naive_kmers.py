"""Naive reference implementations of the k-mer kernels: strings, dictionaries and integers."""

import math

import numpy as np

from readkin.kernels.kmers.signatures import syncmer_window

BASES = "ACGTN"
COMPLEMENT = str.maketrans("ACGT", "TGCA")
TWO_64 = 2**64


def pack(reads):
    """Return bases and offsets of strings over ACGTN, as the kernels take them."""
    bases = np.array([BASES.index(base) for read in reads for base in read], np.uint8)
    offsets = np.cumsum([0, *(len(read) for read in reads)]).astype(np.int64)
    return bases, offsets


def reverse_complement(text):
    return text.translate(COMPLEMENT)[::-1]


def code(kmer):
    """Return a k-mer as a number in base 4."""
    value = 0
    for base in kmer:
        value = 4 * value + BASES.index(base)
    return value


def mix(value):
    """Return the result of SplitMix64's finaliser."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) % TWO_64
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) % TWO_64
    return value ^ (value >> 31)


def hash_of(kmer, seed):
    """Return the seeded hash of the canonical form of a k-mer."""
    canonical = min(code(kmer), code(reverse_complement(kmer)))
    return mix(canonical ^ mix((seed + 1) * 0x9E3779B97F4A7C15 % TWO_64))


def kmers(read, k):
    """Yield (position, k-mer) of all k-mers of A, C, G, T only."""
    for position in range(len(read) - k + 1):
        kmer = read[position : position + k]
        if "N" not in kmer:
            yield position, kmer


def count_sketch(read, k, dimensions, seed):
    """Return (vector, norm) of one read."""
    counts = [0] * dimensions
    for _, kmer in kmers(read, k):
        hashed = hash_of(kmer, seed)
        counts[(hashed // 2**32) * dimensions // 2**32] += -1 if hashed % 2 else 1
    clipped = [max(-127, min(127, count)) for count in counts]
    return clipped, math.sqrt(sum(count * count for count in counts))


def signature(read, k, fraction, seed):
    """Return the (hash, position, is_reverse) of the keys of one read, scheme fracminhash."""
    keys = []
    seen = set()
    for position, kmer in kmers(read, k):
        other = reverse_complement(kmer)
        hashed = hash_of(kmer, seed)
        if kmer == other or hashed >= fraction * TWO_64 or hashed in seen:
            continue
        seen.add(hashed)
        keys.append((hashed, position, int(code(other) < code(kmer))))
    return keys


def signature_by(scheme, read, k, fraction, seed):
    """Return the same for any scheme."""
    if scheme == "fracminhash":
        return signature(read, k, fraction, seed)
    return syncmer_signature(read, k, syncmer_window(k, fraction), seed)


def syncmer_signature(read, k, window, seed):
    """Return the same for k-mers with the smallest s-mer in the middle."""
    s = k - window + 1
    keys = []
    seen = set()
    for position, kmer in kmers(read, k):
        hashes = [hash_of(kmer[i : i + s], seed) for i in range(window)]
        other, hashed = reverse_complement(kmer), hash_of(kmer, seed)
        if kmer == other or hashes[window // 2] > min(hashes) or hashed in seen:
            continue
        seen.add(hashed)
        keys.append((hashed, position, int(code(other) < code(kmer))))
    return keys


def packed(read):
    """Return the bytes of a read with 2 bits a base, the first base lowest; N as A."""
    digits = [BASES.index(base) % 4 for base in read]
    quads = [digits[i : i + 4] for i in range(0, len(digits), 4)]
    return [sum(digit * 4**i for i, digit in enumerate(quad)) for quad in quads]


def canonical(read):
    """Return the smaller of a read and its reverse complement, N after T."""
    both = read, reverse_complement(read)
    return min(both, key=lambda text: [BASES.index(base) for base in text])
