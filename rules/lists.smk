"""Files that list paths: no command line grows with the number of units."""

LINES = {
    "bams": lambda: expanded(of_all_units(UNALIGNED_BAM)),
    "counts": lambda: expanded(reported_counts(config, units.values())),
    "benchmarks": lambda: expanded(reported_benchmarks(config, units.values())),
    "reads": lambda: [unit_and_files(unit) for unit in units.values()],
}


rule list_files:
    input:
        template=local(LIST_TEMPLATE),
    output:
        "<work>/lists/{list}.txt",
    log:
        "<logs>/list_files/{list}.log",
    wildcard_constraints:
        list="|".join(LINES),
    localrule: True
    params:
        lines=lambda wildcards: LINES[wildcards.list](),
    message:
        "List the {wildcards.list} of all units"
    template_engine:
        "jinja2"
