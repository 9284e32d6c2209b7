from readkin.parallel.launch import LOCAL_LAUNCHER

CHECK = (
    "python {input.code[0]:q} --mpi {params.mpi:q} --work-dir {params.work_dir:q} {params.arguments}"
    " 2>&1 | tee {log:q}"
)


rule check:
    """Check settings, inputs, programs and the cluster before a run."""
    input:
        code=code_of("check.py"),
    log:
        "<logs>/check/check.log",
    localrule: True
    conda:
        "../envs/readkin.yaml"
    params:
        mpi=LOCAL_LAUNCHER,
        work_dir=work_folder("."),
        arguments=arguments_of_check,
    message:
        "Check what a run needs"
    shell:
        CHECK


rule check_reads:
    """The same, and every record of all FASTQ files."""
    input:
        code=code_of("check.py"),
    log:
        "<logs>/check/check_reads.log",
    localrule: True
    conda:
        "../envs/readkin.yaml"
    params:
        mpi=LOCAL_LAUNCHER,
        work_dir=work_folder("."),
        arguments=lambda wildcards: f"--full-reads {arguments_of_check(wildcards)}",
    message:
        "Check what a run needs, and all reads"
    shell:
        CHECK
