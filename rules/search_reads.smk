rule search_reads:
    """Find the best hits of queries in the reads or a database (requires `search.query`)."""
    input:
        unpack(search_database),
        query=search_query,
        code=code_of("search_reads.py"),
    output:
        parquet=ensure(SEARCH_HITS, non_empty=True),
        paf=ensure("<results>/search.paf.gz", non_empty=True),
        blast_table="<results>/search.blast6.tsv",
        counts="<work>/counts/search_reads.json",
    log:
        "<logs>/search_reads/search_reads.log",
    benchmark:
        "<benchmarks>/search_reads/search_reads.tsv"
    conda:
        "../envs/readkin.yaml"
    threads: 8
    resources:
        **resources_of("search_reads"),
    params:
        run=launch_command,
        memory_used=memory_file("search_reads"),
        database=lambda wildcards, input: database_arguments(input),
        settings=literal(search_arguments(config)),
    message:
        "Search for the queries in {input.query} on {resources.tasks} MPI ranks"
    shell:
        "{params.run} {input.code[0]:q} --ranks {resources.tasks}"
        " --query={input.query:q} {params.database} {params.settings}"
        " --parquet {output.parquet:q} --paf {output.paf:q} --blast-table {output.blast_table:q}"
        " --counts {output.counts:q}"
        " --memory-used {params.memory_used:q}"
        " 2>&1 | tee {log:q}"
