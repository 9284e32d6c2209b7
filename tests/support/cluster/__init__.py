"""A private Slurm, and drills on it."""
