"""Alignment of candidate pairs, tile by tile."""
