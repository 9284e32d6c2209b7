"""Python modules of the Snakefile, which are tested without Snakemake.

Importing this package makes the package ``readkin`` importable. The rules use only its modules that
import quickly, as every Snakemake job imports the rules.
"""

import sys
from pathlib import Path

_SCRIPTS = str(Path(__file__).resolve().parent.parent / "workflow_scripts")
if _SCRIPTS not in sys.path:
    sys.path.insert(0, _SCRIPTS)  # before an installed readkin of another version
