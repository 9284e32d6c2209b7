"""Snakemake on Slurm through lost nodes, outages and killed runs."""
