rule write_report:
    """Write the report: one HTML page."""
    input:
        counts=all_reported_counts,
        counts_list=list_of("counts"),
        benchmarks_list=list_of("benchmarks"),
        pairs="<results>/pairs.h5",
        alignments="<results>/alignments",
        pair_shards="<results>/pairs_shards",
        clusters=CLUSTERS,
        cluster_summary=CLUSTER_SUMMARY,
        pieces=GENOME_RESULTS["piece_table"] if clusters_are_genomes else [],
        exported=branch(config["cluster"]["export"], then=EXPORTED_CLUSTERS, otherwise=[]),
        assemblies=branch(config["cluster"]["assemble"], then=ASSEMBLIES, otherwise=[]),
        comparison=branch(config["truth"], then=TRUTH_COMPARISON, otherwise=[]),
        names=branch(config["cluster"]["names"], then=CLUSTER_NAMES, otherwise=[]),
        hits=branch(config["search"]["query"], then=SEARCH_HITS, otherwise=[]),
        code=code_of("write_report.py"),
    output:
        html=report(ensure("<results>/report.html", non_empty=True), category="readkin"),
        findings="<results>/findings.txt",
    log:
        "<logs>/write_report/write_report.log",
    conda:
        "../envs/readkin.yaml"
    resources:
        **resources_of("write_report"),
    params:
        config=literal(json.dumps(reported_settings(config))),
        title=literal(config["report"]["title"]),
        stages=counted_stages(config),
        optional=lambda wildcards, input: report_arguments(input),
    message:
        "Write the report"
    shell:
        "python {input.code[0]:q} --counts @{input.counts_list:q} --stages {params.stages}"
        " --benchmarks @{input.benchmarks_list:q}"
        " --pairs {input.pairs:q} --alignments {input.alignments:q} --clusters {input.clusters:q}"
        " --cluster-summary {input.cluster_summary:q}"
        " {params.optional} --config={params.config:q} --title={params.title:q}"
        " --output {output.html:q} --findings {output.findings:q}"
        " 2>&1 | tee {log:q}"
