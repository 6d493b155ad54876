"""Latency and accuracy reports; runs on a device, so it imports only the root package."""
