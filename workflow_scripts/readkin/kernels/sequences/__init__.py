"""Sequences as arrays: concatenated codes with offsets, and bases packed into 2 bits."""
