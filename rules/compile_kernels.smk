"""Compile the kernels of later stages while the first stages run."""

KERNELS = ["join_reads", "align_pairs", "find_pairs"]
"""Sets of kernels that a run calls, the one that takes longest first."""
if any(unit.has_long_reads for unit in units.values()):
    KERNELS.insert(0, "align_long_reads")


rule compile_kernels:
    # No input: the name of the output contains a hash of the code, and times of files say nothing.
    output:
        COMPILED_KERNELS,
    log:
        "<logs>/compile_kernels/{kernels}.log",
    wildcard_constraints:
        kernels="|".join(KERNELS),
    priority: 1
    localrule: True
    conda:
        "../envs/readkin.yaml"
    params:
        code=files_of("compile_kernels.py")[0],
    message:
        "Compile the kernels of {wildcards.kernels}"
    shell:
        "python {params.code:q} --kernels {wildcards.kernels} --output {output:q}"
        " 2>&1 | tee {log:q}"
