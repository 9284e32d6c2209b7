rule publish_results:
    """Publish the results (requires `results_uri`)."""
    input:
        results=RESULTS,
        code=code_of("publish_results.py"),
    output:
        PUBLICATION,
    log:
        "<logs>/publish_results/publish_results.log",
    benchmark:
        "<benchmarks>/publish_results/publish_results.tsv"
    conda:
        "../envs/readkin.yaml"
    resources:
        **resources_of("publish_results"),
    params:
        uri=publication_uri,
        folder=lambda wildcards: workflow.pathvars.apply("<results>"),
        run=str(run_identity),
        objects=str(objects_file),
    message:
        "Publish the results at {params.uri}"
    shell:
        "python {input.code[0]:q} --folder {params.folder:q} --uri={params.uri:q}"
        " --run {params.run:q} --objects {params.objects:q} --output {output:q}"
        " 2>&1 | tee {log:q}"
