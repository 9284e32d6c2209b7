rule compare_with_truth:
    """Measure recall and precision of kin pairs and clusters (requires `truth`)."""
    input:
        alignments="<results>/alignments",
        clusters=CLUSTERS,
        pairs="<results>/pairs.h5",
        pair_shards="<results>/pairs_shards",
        embeddings="<results>/embeddings.h5",
        shards="<results>/embeddings_shards",
        truth=input_file("truth"),
        code=code_of("compare_with_truth.py"),
    output:
        ensure(TRUTH_COMPARISON, non_empty=True),
    log:
        "<logs>/compare_with_truth/compare_with_truth.log",
    benchmark:
        "<benchmarks>/compare_with_truth/compare_with_truth.tsv"
    conda:
        "../envs/readkin.yaml"
    resources:
        **resources_of("compare_with_truth"),
    params:
        compare=config["compare"],
    message:
        "Compare pairs and clusters with the truth"
    shell:
        "python {input.code[0]:q} --alignments {input.alignments:q} --clusters {input.clusters:q}"
        " --pairs {input.pairs:q} --embeddings {input.embeddings:q} --truth={input.truth:q}"
        " --min-kin-overlap-bp {params.compare[min_kin_overlap_bp]}"
        " --min-true-overlap-bp {params.compare[min_true_overlap_bp]} --output {output:q}"
        " 2>&1 | tee {log:q}"
