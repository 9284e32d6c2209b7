"""Significance of alignments, and true overlaps of reads of known origin."""
