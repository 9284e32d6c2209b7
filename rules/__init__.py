"""Python modules of the Snakefile, which are tested without Snakemake.

Importing this package makes the package ``readkin`` importable. The rules use only its modules that
import quickly, as every Snakemake job imports the rules.

Snakemake puts the folder of the Snakefile first on the import path. Users work in this folder, and
a ``copy.py`` of theirs must not replace Python's module: the folder becomes the last one.
"""

import sys
from pathlib import Path

_CLONE = Path(__file__).resolve().parent.parent
_SCRIPTS = str(_CLONE / "workflow_scripts")
if _SCRIPTS not in sys.path:
    sys.path.insert(0, _SCRIPTS)  # before an installed readkin of another version
for entry in [entry for entry in sys.path if Path(entry).resolve() == _CLONE]:
    sys.path.remove(entry)
    sys.path.append(entry)
