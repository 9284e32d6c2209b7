rule export_graph:
    """Write the graph of the pieces of one cluster (requires `cluster.graph`)."""
    input:
        pieces="<work>/pieces.h5",
        piece_table="<results>/pieces.parquet",
        code=code_of("export_graph.py"),
    output:
        ensure(CLUSTER_GRAPH, non_empty=True),
    log:
        "<logs>/export_graph/export_graph.log",
    benchmark:
        "<benchmarks>/export_graph/export_graph.tsv"
    conda:
        "../envs/readkin.yaml"
    resources:
        **resources_of("export_graph"),
    params:
        cluster=graph_cluster,
    message:
        "Write the graph of cluster {params.cluster}"
    shell:
        "python {input.code[0]:q} --pieces {input.pieces:q} --piece-table {input.piece_table:q}"
        " --cluster {params.cluster} --output {output:q}"
        " 2>&1 | tee {log:q}"
