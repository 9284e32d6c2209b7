"""Generators of the pages; each has a function ``updated`` from a page's text to its new text."""
