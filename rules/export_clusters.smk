rule export_clusters:
    """Write the reads of each cluster to its own files (requires `cluster.export`)."""
    input:
        clusters=CLUSTERS,
        summary=CLUSTER_SUMMARY,
        bams=all_unaligned_bams,
        bam_list=list_of("bams"),
        code=code_of("export_clusters.py"),
    output:
        folder=directory(EXPORTED_CLUSTERS),
        counts="<work>/counts/export_clusters.json",
    log:
        "<logs>/export_clusters/export_clusters.log",
    benchmark:
        "<benchmarks>/export_clusters/export_clusters.tsv"
    conda:
        "../envs/readkin.yaml"
    threads: threads_of("export_clusters")
    resources:
        **resources_of("export_clusters"),
    params:
        format=export_format,
        min_reads=config["cluster"]["export_min_reads"],
        by_sample=branch(config["cluster"]["export_by_sample"], then="--by-sample", otherwise=""),
    message:
        "Write the reads of each cluster to its own files"
    shell:
        "python {input.code[0]:q} --clusters {input.clusters:q} --summary {input.summary:q}"
        " --bam @{input.bam_list:q} --format {params.format} --min-reads {params.min_reads}"
        " {params.by_sample} --threads {threads}"
        " --output {output.folder:q} --counts {output.counts:q}"
        " 2>&1 | tee {log:q}"
