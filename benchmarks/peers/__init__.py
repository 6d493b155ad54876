"""Other readers measured on the same pictures: one file each."""
