"""The version, in one place; setup.py reads it as text."""

__version__ = "0.1.0"
