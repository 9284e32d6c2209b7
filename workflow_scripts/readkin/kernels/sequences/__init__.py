"""Sequences as arrays: concatenated codes with offsets, and packed to 2 bits per base."""
