"""Plain Python behind the Snakefile, tested without Snakemake."""
