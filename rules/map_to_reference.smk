rule map_to_reference:
    input:
        bam=UNALIGNED_BAM,
        reference=input_file("reference"),
        code=code_of("map_to_reference.py"),
    output:
        bam=ensure(ALIGNED_BAM, non_empty=True),
        # The command also writes a .bai, unless a contig is too long for that format.
        csi=f"{ALIGNED_BAM}.csi",
        counts="<work>/counts/map_to_reference/{sample}.{unit}.json",
    log:
        "<logs>/map_to_reference/{sample}.{unit}.log",
    benchmark:
        "<benchmarks>/map_to_reference/{sample}.{unit}.tsv"
    conda:
        "../envs/readkin.yaml"
    threads: 8
    resources:
        **resources_of("map_to_reference"),
    message:
        "Map the reads of {wildcards.sample}.{wildcards.unit} to {input.reference}"
    shell:
        "python {input.code[0]:q} --bam {input.bam:q} --reference={input.reference:q}"
        " --unit={wildcards.sample}.{wildcards.unit} --threads {threads}"
        " --output {output.bam:q} --counts {output.counts:q}"
        " 2>&1 | tee {log:q}"
