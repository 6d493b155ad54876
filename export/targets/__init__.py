"""What a student is turned into: one file for each format, found by its name."""
