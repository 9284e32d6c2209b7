rule name_clusters:
    """Name clusters after known sequences (requires `cluster.names`)."""
    input:
        known=known_sequences,
        pieces="<work>/pieces.h5",
        piece_table="<results>/pieces.parquet",
        summary=CLUSTER_SUMMARY,
        code=code_of("name_clusters.py"),
    output:
        names=ensure(CLUSTER_NAMES, non_empty=True),
        counts="<work>/counts/name_clusters.json",
    log:
        "<logs>/name_clusters/name_clusters.log",
    benchmark:
        "<benchmarks>/name_clusters/name_clusters.tsv"
    conda:
        "../envs/readkin.yaml"
    resources:
        **resources_of("name_clusters"),
    params:
        settings=naming_arguments(config),
    message:
        "Name clusters after {input.known}"
    shell:
        "python {input.code[0]:q} --pieces {input.pieces:q} --piece-table {input.piece_table:q}"
        " --summary {input.summary:q} --known={input.known:q} {params.settings}"
        " --output {output.names:q} --counts {output.counts:q}"
        " 2>&1 | tee {log:q}"
