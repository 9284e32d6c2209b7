"""The locality-sensitive-hashing join of reads that share keys."""
