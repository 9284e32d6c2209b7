"""Simulation of sequencing runs: platforms, amounts of reads, and blocks of reads as text."""
