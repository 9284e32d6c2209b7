"""Embedding methods, which turn reads into vectors, and the shards that embed_reads writes."""
