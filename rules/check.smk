rule check:
    """Check settings, inputs, programs and the cluster before a run."""
    input:
        code=code_of("check.py"),
