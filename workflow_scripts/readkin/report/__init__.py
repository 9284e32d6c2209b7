"""The report page: summaries of the results, figures, text, and the HTML that holds them."""
