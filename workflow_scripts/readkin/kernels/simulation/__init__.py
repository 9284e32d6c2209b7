"""Simulated reads: fragments of genomes (fragments), and how platforms read them."""
