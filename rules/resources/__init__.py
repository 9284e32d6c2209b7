"""Resource models: memory, run time and MPI ranks of each stage."""
