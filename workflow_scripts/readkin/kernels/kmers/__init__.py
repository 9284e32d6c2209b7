"""k-mers of reads: codes, hashes, sampled keys and vectors."""
