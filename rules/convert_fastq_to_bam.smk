rule convert_fastq_to_bam:
    input:
        fastq="<work>/trimmed/{sample}.{unit}.fastq.gz",
        counts="<work>/counts/trim_reads/{sample}.{unit}.json",
        code=code_of("convert_fastq_to_bam.py"),
    output:
        bam=ensure(UNALIGNED_BAM, non_empty=True),
        bai=f"{UNALIGNED_BAM}.bai",
        sbi=SPLIT_INDEX,
        counts="<work>/counts/convert_fastq_to_bam/{sample}.{unit}.json",
    log:
        "<logs>/convert_fastq_to_bam/{sample}.{unit}.log",
    benchmark:
        "<benchmarks>/convert_fastq_to_bam/{sample}.{unit}.tsv"
    conda:
        "../envs/readkin.yaml"
    resources:
        **resources_of("convert_fastq_to_bam"),
    params:
        group=lambda wildcards: read_group_arguments(unit_of(wildcards)),
    message:
        "Write the reads of {wildcards.sample}.{wildcards.unit} as unaligned BAM"
    shell:
        "python {input.code[0]:q} --fastq {input.fastq:q} {params.group}"
        " --trim-counts {input.counts:q}"
        " --output {output.bam:q} --counts {output.counts:q}"
        " 2>&1 | tee {log:q}"
