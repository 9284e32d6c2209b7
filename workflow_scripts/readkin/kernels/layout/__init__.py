"""Kernels of the layout: which overlaps of reads are true, and reads joined on common axes."""
