"""Snakemake on Slurm through lost nodes, outages and killed runs; README.md describes each module.

It imports only the standard library, Snakemake and itself.
"""
