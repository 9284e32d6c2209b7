"""Statistics of alignments, and counts of true overlaps."""
