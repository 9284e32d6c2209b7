"""Parts of search_reads: windows of the database, the two ways to find hits, their alignment."""
