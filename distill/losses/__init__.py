"""Losses and distillation methods: one file each, with formula and source."""
