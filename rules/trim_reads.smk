rule trim_reads:
    input:
        fastq=lambda wildcards: [
            path for path in unit_of(wildcards).fastq_files if not is_object(path)
        ],
        code=code_of("trim_reads.py"),
    output:
        fastq=ensure("<work>/trimmed/{sample}.{unit}.fastq.gz", non_empty=True),
        report="<results>/multiqc/{sample}.{unit}.cutadapt.json",
        counts="<work>/counts/trim_reads/{sample}.{unit}.json",
    log:
        "<logs>/trim_reads/{sample}.{unit}.log",
    benchmark:
        "<benchmarks>/trim_reads/{sample}.{unit}.tsv"
    conda:
        "../envs/readkin.yaml"
    threads: threads_of("trim_reads", object_mb_of_unit)
    resources:
        **resources_of("trim_reads", object_mb_of_unit),
    params:
        trimming=lambda wildcards: trimming_arguments(config, unit_of(wildcards)),
        fastq=lambda wildcards: fastq_arguments(unit_of(wildcards), str(objects_file)),
        versions=lambda wildcards: versions_of(unit_of(wildcards).fastq_files),
    message:
        "Trim the reads of {wildcards.sample}.{wildcards.unit}"
    shell:
        "python {input.code[0]:q} {params.fastq}"
        " --unit={wildcards.sample}.{wildcards.unit} --threads {threads}"
        " {params.trimming}"
        " --output {output.fastq:q} --report {output.report:q} --counts {output.counts:q}"
        " 2>&1 | tee {log:q}"
