"""Local pieces: reads that overlap on one axis."""
