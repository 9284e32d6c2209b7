rule trim_reads:
    input:
        fastq_1=lambda wildcards: unit_of(wildcards).fastq_1,
        fastq_2=lambda wildcards: unit_of(wildcards).fastq_2 or [],
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
    threads: threads_of("trim_reads")
    resources:
        **resources_of("trim_reads"),
    params:
        trim=config["trim"],
        layout=lambda wildcards: layout_arguments(unit_of(wildcards)),
    message:
        "Trim the reads of {wildcards.sample}.{wildcards.unit}"
    shell:
        "python {input.code[0]:q} --fastq-1={input.fastq_1:q} {params.layout}"
        " --unit={wildcards.sample}.{wildcards.unit} --threads {threads}"
        " --adapter-1 {params.trim[adapter_1]} --adapter-2 {params.trim[adapter_2]}"
        " --min-quality {params.trim[min_quality]} --min-length-bp {params.trim[min_length_bp]}"
        " --max-n-fraction {params.trim[max_n_fraction]} --poly-g {params.trim[poly_g]}"
        " --output {output.fastq:q} --report {output.report:q} --counts {output.counts:q}"
        " 2>&1 | tee {log:q}"
