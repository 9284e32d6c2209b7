"""Library of search_reads: tasks, windows of the database, exhaustive and filtered search, hits."""
