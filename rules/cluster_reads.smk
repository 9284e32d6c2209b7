rule cluster_reads:
    """Group the reads into clusters, one for each genome as far as possible."""
    input:
        pieces="<work>/pieces.h5",
        bams=all_unaligned_bams,
        bam_list=list_of("bams"),
        alignments=[] if clusters_are_genomes else "<results>/alignments",
        start_embedding=(clusters_are_genomes and config["cluster"]["start_embedding"]) or [],
        code=code_of("cluster_reads.py"),
    output:
        **(GENOME_RESULTS if clusters_are_genomes else {}),
        parquet=ensure(CLUSTERS, non_empty=True),
        tsv=ensure("<results>/clusters.tsv", non_empty=True),
        summary=ensure(CLUSTER_SUMMARY, non_empty=True),
        counts="<work>/counts/cluster_reads.json",
    log:
        "<logs>/cluster_reads/cluster_reads.log",
    benchmark:
        "<benchmarks>/cluster_reads/cluster_reads.tsv"
    conda:
        "../envs/readkin.yaml"
    threads: threads_of("cluster_reads")
    resources:
        **resources_of("cluster_reads"),
    params:
        settings=clustering_arguments(config),
        files=lambda wildcards, input, output: clustering_files(input, output),
    message:
        "Group the reads into clusters"
    shell:
        "python {input.code[0]:q} --pieces {input.pieces:q} --bam @{input.bam_list:q}"
        " {params.settings} {params.files} --threads {threads}"
        " --parquet {output.parquet:q} --tsv {output.tsv:q} --summary {output.summary:q}"
        " --counts {output.counts:q}"
        " 2>&1 | tee {log:q}"
