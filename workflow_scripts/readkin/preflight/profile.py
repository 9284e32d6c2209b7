"""Check of the profile that Snakemake reads against the shipped one."""

import re
from pathlib import Path

from readkin.preflight.findings import Finding, ok, problem, skipped

KEY = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
ON_RAY = re.compile(r"^executor: *ray\b", re.MULTILINE)


def check_profile(file: Path | None, shipped: Path) -> Finding:
    """Check that the profile has all keys of the shipped one; its values may differ.

    Args:
        file: the profile that this run reads; None for no profile.
        shipped: folder ``profiles`` of the clone.
    """
    if file is None:
        return skipped("profile", "none; for a cluster: snakemake --profile parallelcluster check")
    if not file.is_file():
        fix = "start in the clone, or give its folder: --profile profiles/parallelcluster"
        return problem("profile", f"no file {file}", fix)
    own = {path.resolve(): path for path in shipped.glob("*/*.yaml")}
    if file.resolve() in own:
        return ok("profile", f"{file}, the profile {own[file.resolve()].parent.name} of this clone")
    name = "slurm" if "slurm" in str(file) else "parallelcluster"
    if ON_RAY.search(file.read_text()):
        name = "ray"
    model = next((shipped / name).glob("*.yaml"))
    absent = sorted(keys_of(model) - keys_of(file))
    if absent:
        fix = f"copy them from {model}"
        return problem("profile", f"{file} has no {', '.join(absent)}", fix)
    return ok("profile", f"{file}, with all keys of {model}")


def keys_of(file: Path) -> set[str]:
    """Return the top-level keys of a profile."""
    return set(KEY.findall(file.read_text()))
