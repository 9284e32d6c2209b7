"""The built-in substitution matrices: the other files of this folder, in NCBI's layout.

A package of its own, so that they are inputs of the stages that can use them and of no others.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
