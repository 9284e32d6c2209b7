"""Columns of a truth table (formats/truth_table.py).

Standard library only: the rules check the header of a truth table before the first job starts.
"""

TRUTH_COLUMNS = ("read_id", "genome", "start", "end", "strand")
CIRCLE_LENGTH = "circle_length"  # sixth column, only of communities with circular genomes
