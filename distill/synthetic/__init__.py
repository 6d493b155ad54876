"""Synthetic VIN pictures: VINs, typefaces, scenes, camera."""
