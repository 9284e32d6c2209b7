rule search_reads:
    """Find the best hits of queries in the reads or a database (needs `search: query`)."""
    input:
        query=search_query,
        database=search_database(),
        code=code_of("search_reads.py"),
    output:
        parquet=ensure("<results>/search.parquet", non_empty=True),
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
        mem_mb=memory_of("search_reads"),
        runtime=runtime_of("search_reads"),
        tasks=tasks_of("search_reads"),
        slurm_extra=even_ranks_of("search_reads"),
        mpi=LOCAL_LAUNCHER,
    params:
        run=launcher,
        memory_used=memory_file("search_reads"),
        database=branch(config["search"]["database"] == READS, then="--bam", otherwise="--database"),
        settings=search_arguments(config),
    message:
        "Search for {input.query} on {resources.tasks} MPI ranks"
    shell:
        "{params.run} {input.code[0]:q} --ranks {resources.tasks}"
        " --query {input.query:q} {params.database} {input.database:q} {params.settings}"
        " --parquet {output.parquet:q} --paf {output.paf:q} --blast-table {output.blast_table:q}"
        " --counts {output.counts:q}"
        " --memory-used {params.memory_used:q}"
        " 2>&1 | tee {log:q}"
