"""Clusters of reads."""
