"""The ways to turn reads into dense vectors, and what embed_reads does with a batch of reads."""
