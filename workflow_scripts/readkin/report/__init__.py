"""The HTML report: summaries of the results, figures, tables, texts, and the page itself."""
