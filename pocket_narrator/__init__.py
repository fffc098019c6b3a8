"""Trains, tells with, and measures small language models that write stories."""

__version__ = "0.1.0"
