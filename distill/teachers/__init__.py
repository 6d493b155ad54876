"""Teachers: one file each; a teacher reads pictures and never trains by accident."""
