"""Targets without wildcards, for stages that run per unit or on request."""


localrules:
    trimmed_reads,
    bam_files,
    mapped_reads,
    search,


rule trimmed_reads:
    """Trim all units: stage trim_reads."""
    input:
        lambda wildcards: of_all_units("<work>/trimmed/{sample}.{unit}.fastq.gz"),


rule bam_files:
    """Write all units as unaligned BAM: stage convert_fastq_to_bam."""
    input:
        all_unaligned_bams,


rule mapped_reads:
    """Map all units to `reference`: stage map_to_reference."""
    input:
        lambda wildcards: of_all_units(ALIGNED_BAM),


rule search:
    """Search for `search.query` in the reads or a database: stage search_reads."""
    input:
        SEARCH_RESULTS,
