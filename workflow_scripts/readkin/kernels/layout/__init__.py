"""Layouts of reads: overlaps judged, joined to pieces, and their consensus."""
