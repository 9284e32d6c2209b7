"""Objects in S3 that a stage reads as a whole, as files; FASTQ is read by trim_reads itself."""


rule fetch_object:
    input:
        code=code_of("fetch_object.py"),
    output:
        "<work>/fetched/{setting}/{name}",
    log:
        "<logs>/fetch_object/{setting}/{name}.log",
    wildcard_constraints:
        setting="|".join(".".join(key) for key in FETCHED_FILES).replace(".", "[.]"),
        name="[^/]+",
    conda:
        "../envs/readkin.yaml"
    resources:
        mem_mb=1000,
        runtime=lambda wildcards: 20
        + round(megabytes_of_objects([fetched_uri(wildcards)]) * 30 / 1000),
    params:
        uri=fetched_uri,
        version=lambda wildcards: versions_of([fetched_uri(wildcards)]),
        objects=str(objects_file),
    message:
        "Fetch {params.uri}"
    shell:
        "python {input.code[0]:q} --uri={params.uri:q} --objects {params.objects:q}"
        " --output {output:q}"
        " 2>&1 | tee {log:q}"
