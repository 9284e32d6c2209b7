"""Who works on what: MPI ranks and Ray workers. Knows nothing of biology or files."""
