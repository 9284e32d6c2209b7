from readkin.parallel.launch import LOCAL_LAUNCHER

CHECK = (
    "python {input.code[0]:q} --mpi {params.mpi:q} --work-dir {params.work_dir:q}"
    " --reads-table {input.reads:q} --objects {params.objects:q} {params.arguments}"
    " 2>&1 | tee {log:q}"
)


rule check:
    """Check settings, inputs, programs and cluster before a run."""
    input:
        reads=list_of("reads"),
        code=code_of("check.py"),
    log:
        "<logs>/check/check.log",
    localrule: True
    conda:
        "../envs/readkin.yaml"
    params:
        mpi=LOCAL_LAUNCHER,
        work_dir=work_folder("."),
        objects=str(objects_file),
        arguments=arguments_of_check,
    message:
        "Check the requirements of a run"
    shell:
        CHECK


rule check_reads:
    """Check the same and every record of all FASTQ files."""
    input:
        reads=list_of("reads"),
        code=code_of("check.py"),
    log:
        "<logs>/check/check_reads.log",
    localrule: True
    conda:
        "../envs/readkin.yaml"
    params:
        mpi=LOCAL_LAUNCHER,
        work_dir=work_folder("."),
        objects=str(objects_file),
        arguments=lambda wildcards: f"--full-reads {arguments_of_check(wildcards)}",
    message:
        "Check the requirements of a run and all reads"
    shell:
        CHECK
