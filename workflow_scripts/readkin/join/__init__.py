"""The join on all MPI ranks: keys in, candidate pairs out."""
