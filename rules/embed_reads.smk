rule embed_reads:
    """Embed all reads as vectors and sampled k-mer keys (HDF5)."""
    input:
        bams=all_unaligned_bams,
        indexes=all_split_indexes,
        bam_list=list_of("bams"),
        code=code_of("embed_reads.py"),
    output:
        embeddings=ensure("<results>/embeddings.h5", non_empty=True),
        reads=ensure("<results>/reads.parquet", non_empty=True),
        shards=directory("<results>/embeddings_shards"),
        counts="<work>/counts/embed_reads.json",
    log:
        "<logs>/embed_reads/embed_reads.log",
    benchmark:
        "<benchmarks>/embed_reads/embed_reads.tsv"
    conda:
        "../envs/readkin.yaml"
    threads: 8
    resources:
        **resources_of("embed_reads"),
        nodes=1,
        workers=lambda wildcards, threads: threads,
    params:
        settings=literal(embed_arguments(config)),
        partial=work_folder("embed_reads.partial"),
        memory_used=memory_file("embed_reads"),
    message:
        "Embed the reads on {resources.nodes} x {resources.workers} Ray workers"
    shell:
        "python {input.code[0]:q} --bam @{input.bam_list:q} --workers {resources.workers}"
        " --nodes {resources.nodes} --memory-used {params.memory_used:q} {params.settings}"
        " --partial-dir {params.partial:q} --output {output.embeddings:q}"
        " --shards-dir {output.shards:q} --reads {output.reads:q} --counts {output.counts:q}"
        " 2>&1 | tee {log:q}"
