"""Built-in substitution matrices: the other files of this folder, in NCBI's format.

They are a package of their own, so that only stages that can use them depend on them.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
