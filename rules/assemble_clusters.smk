rule assemble_clusters:
    """Assemble the reads of each cluster by itself (requires `cluster.assemble`)."""
    input:
        clusters=CLUSTERS,
        summary=CLUSTER_SUMMARY,
        bams=all_unaligned_bams,
        bam_list=list_of("bams"),
        code=code_of("assemble_clusters.py"),
    output:
        folder=directory(ASSEMBLED_CLUSTERS),
        table=ensure(ASSEMBLIES, non_empty=True),
        counts="<work>/counts/assemble_clusters.json",
    log:
        "<logs>/assemble_clusters/assemble_clusters.log",
    benchmark:
        "<benchmarks>/assemble_clusters/assemble_clusters.tsv"
    conda:
        "../envs/readkin.yaml"
    threads: 8
    resources:
        **resources_of("assemble_clusters"),
    params:
        assembler=assembler,
        min_reads=config["cluster"]["export_min_reads"],
        partial=work_folder("assemble_clusters.partial"),
    message:
        "Assemble each cluster with {params.assembler}"
    shell:
        "python {input.code[0]:q} --clusters {input.clusters:q} --summary {input.summary:q}"
        " --bam @{input.bam_list:q} --assembler {params.assembler} --min-reads {params.min_reads}"
        " --threads {threads} --memory-mb {resources.mem_mb} --partial-dir {params.partial:q}"
        " --output {output.folder:q} --table {output.table:q} --counts {output.counts:q}"
        " 2>&1 | tee {log:q}"
