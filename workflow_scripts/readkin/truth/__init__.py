"""Comparison of pairs and clusters with the truth; arrays in, JSON-ready values out."""
