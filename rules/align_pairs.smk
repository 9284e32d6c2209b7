rule align_pairs:
    """Align the candidate pairs by Smith-Waterman, with proof or bound."""
    input:
        pairs="<results>/pairs.h5",
        pair_shards="<results>/pairs_shards",
        embeddings="<results>/embeddings.h5",
        embedding_shards="<results>/embeddings_shards",
        reads="<results>/reads.parquet" if config["align"]["paf"] else [],
        code=code_of("align_pairs.py"),
    output:
        alignments=directory("<results>/alignments"),
        paf=ensure(ALIGNMENTS_AS_PAF, non_empty=True) if config["align"]["paf"] else [],
        counts="<work>/counts/align_pairs.json",
    log:
        "<logs>/align_pairs/align_pairs.log",
    benchmark:
        "<benchmarks>/align_pairs/align_pairs.tsv"
    conda:
        "../envs/readkin.yaml"
    threads: 8
    resources:
        **resources_of("align_pairs"),
    params:
        run=launch_command,
        memory_used=memory_file("align_pairs"),
        align=config["align"],
        mask=mask_argument(config),
        paf=lambda wildcards, input, output: paf_arguments(input.reads, output.paf),
        partial=work_folder("align_pairs.partial"),
    message:
        "Align the candidate pairs on {resources.tasks} MPI ranks"
    shell:
        "{params.run} {input.code[0]:q} --ranks {resources.tasks}"
        " --pairs {input.pairs:q} --embeddings {input.embeddings:q}"
        " --match={params.align[match]} --mismatch={params.align[mismatch]}"
        " --gap-open {params.align[gap_open]} --gap-extend {params.align[gap_extend]}"
        " --min-score {params.align[min_score]} --min-identity {params.align[min_identity]}"
        " --min-overlap-bp {params.align[min_overlap_bp]} {params.mask}"
        " --tile-megacells {params.align[tile_megacells]} --partial-dir {params.partial:q}"
        " --alignments {output.alignments:q} {params.paf} --counts {output.counts:q}"
        " --memory-used {params.memory_used:q}"
        " 2>&1 | tee {log:q}"
