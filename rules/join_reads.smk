rule join_reads:
    """Join reads to pieces: stretches of one genome, with layout and consensus."""
    input:
        alignments="<results>/alignments",
        pairs="<results>/pairs.h5",
        pair_shards="<results>/pairs_shards",
        bams=all_unaligned_bams,
        bam_list=list_of("bams"),
        code=code_of("join_reads.py"),
    output:
        pieces=ensure("<work>/pieces.h5", non_empty=True),
        fasta=ensure("<results>/pieces.fasta.gz", non_empty=True),
        gfa=ensure("<results>/pieces.gfa", non_empty=True),
        counts="<work>/counts/join_reads.json",
    log:
        "<logs>/join_reads/join_reads.log",
    benchmark:
        "<benchmarks>/join_reads/join_reads.tsv"
    conda:
        "../envs/readkin.yaml"
    threads: 8
    resources:
        **resources_of("join_reads"),
    params:
        run=launch_command,
        memory_used=memory_file("join_reads"),
        pieces=config["pieces"],
    message:
        "Join reads to pieces on {resources.tasks} MPI ranks"
    shell:
        "{params.run} {input.code[0]:q} --ranks {resources.tasks}"
        " --alignments {input.alignments:q} --pairs {input.pairs:q} --bam @{input.bam_list:q}"
        " --min-overlap-bp {params.pieces[min_overlap_bp]}"
        " --max-evidence {params.pieces[max_evidence]}"
        " --pieces {output.pieces:q} --fasta {output.fasta:q} --gfa {output.gfa:q}"
        " --counts {output.counts:q} --memory-used {params.memory_used:q}"
        " 2>&1 | tee {log:q}"
