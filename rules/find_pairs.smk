rule find_pairs:
    """Find candidate pairs: reads that share sampled k-mers (LSH join)."""
    input:
        embeddings="<results>/embeddings.h5",
        shards="<results>/embeddings_shards",
        code=code_of("find_pairs.py"),
    output:
        pairs=ensure("<results>/pairs.h5", non_empty=True),
        shards=directory("<results>/pairs_shards"),
        counts="<work>/counts/find_pairs.json",
    log:
        "<logs>/find_pairs/find_pairs.log",
    benchmark:
        "<benchmarks>/find_pairs/find_pairs.tsv"
    conda:
        "../envs/readkin.yaml"
    threads: 8
    resources:
        **resources_of("find_pairs"),
    params:
        run=launch_command,
        memory_used=memory_file("find_pairs"),
        pairs=config["pairs"],
        scratch=work_folder("find_pairs.scratch"),
    message:
        "Find candidate pairs on {resources.tasks} MPI ranks"
    shell:
        "{params.run} {input.code[0]:q} --ranks {resources.tasks}"
        " --embeddings {input.embeddings:q}"
        " --max-bucket-size {params.pairs[max_bucket_size]} --min-votes {params.pairs[min_votes]}"
        " --min-overlap-bp {params.pairs[min_overlap_bp]}"
        " --max-mismatch-rate {params.pairs[max_mismatch_rate]}"
        " --max-pairs-per-read {params.pairs[max_pairs_per_read]}"
        " --memory-mb {resources.mem_mb} --scratch-dir {params.scratch:q}"
        " --output {output.pairs:q} --shards-dir {output.shards:q} --counts {output.counts:q}"
        " --memory-used {params.memory_used:q}"
        " 2>&1 | tee {log:q}"
