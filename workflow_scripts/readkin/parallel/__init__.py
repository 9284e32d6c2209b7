"""MPI ranks and Ray workers, and how work is shared between them; independent of biology."""
