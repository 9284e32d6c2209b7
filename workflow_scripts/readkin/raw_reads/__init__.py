"""What raw reads reveal of their sequencing: dark cycles, encoding of qualities."""
