"""Plain Python behind the Snakefile, tested without Snakemake.

Importing it makes the package ``readkin`` importable, of which the rules use light
modules only: every Snakemake job imports the rules.
"""

import sys
from pathlib import Path

_SCRIPTS = str(Path(__file__).resolve().parent.parent / "workflow_scripts")
if _SCRIPTS not in sys.path:
    sys.path.insert(0, _SCRIPTS)  # before an installed readkin, which may be another version
