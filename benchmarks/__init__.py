"""Latency and accuracy reports; runs on a device, so it imports only the root package.

subject, pictures, settings -> run -> single_stream, throughput, accuracy, peer_comparison -> document -> report
"""
