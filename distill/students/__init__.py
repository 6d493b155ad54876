"""Students: one file each; `build(height, width)` returns a network that maps (N, 1, H, W) to `Outputs`."""
