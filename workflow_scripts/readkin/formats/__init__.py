"""The only code that opens data files: files to arrays, arrays to files."""
