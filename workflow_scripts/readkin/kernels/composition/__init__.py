"""Composition of stretches of sequence in tetranucleotides."""
