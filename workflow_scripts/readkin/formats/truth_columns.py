"""Columns of a truth table (formats/truth_table.py).

Standard library only: the rules check the header of a truth table before the first job starts.
"""

TRUTH_COLUMNS = ("read_id", "genome", "start", "end", "strand")
SEQUENCE = "sequence"  # absent from old tables, whose genomes have one sequence each
CIRCLE_LENGTH = "circle_length"  # only of communities with circular sequences
CHIMERIC, OFFSET, OTHER_PART = "chimeric", "offset", "other_part"  # only if chimeras are simulated
DUPLICATE_OF = "duplicate_of"  # only if duplicates are simulated
