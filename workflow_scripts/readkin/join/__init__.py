"""The join of find_pairs: from sampled keys to candidate pairs, on any number of MPI ranks."""
