"""Settings: schema, config files with the lines of their keys, sample sheet, input files."""
