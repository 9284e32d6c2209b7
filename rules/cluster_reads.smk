rule cluster_reads:
    """Group the reads into clusters of kin."""
    input:
        alignments="<results>/alignments.parquet",
        bams=all_unaligned_bams,
        bam_list=list_of("bams"),
        code=code_of("cluster_reads.py"),
    output:
        parquet=ensure("<results>/clusters.parquet", non_empty=True),
        tsv=ensure("<results>/clusters.tsv", non_empty=True),
        counts="<work>/counts/cluster_reads.json",
    log:
        "<logs>/cluster_reads/cluster_reads.log",
    benchmark:
        "<benchmarks>/cluster_reads/cluster_reads.tsv"
    conda:
        "../envs/readkin.yaml"
    resources:
        **resources_of("cluster_reads"),
    params:
        cluster=config["cluster"],
        mates=branch(config["cluster"]["join_mates"], then="--join-mates", otherwise=""),
    message:
        "Group the reads into clusters"
    shell:
        "python {input.code[0]:q} --alignments {input.alignments:q} --bam @{input.bam_list:q}"
        " {params.mates} --method {params.cluster[method]}"
        " --min-identity {params.cluster[min_identity]}"
        " --min-overlap-bp {params.cluster[min_overlap_bp]}"
        " --max-overhang-bp {params.cluster[max_overhang_bp]}"
        " --parquet {output.parquet:q} --tsv {output.tsv:q} --counts {output.counts:q}"
        " 2>&1 | tee {log:q}"
