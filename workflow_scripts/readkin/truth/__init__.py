"""Measures of pairs and clusters against the truth; arrays in, JSON-ready values out."""
