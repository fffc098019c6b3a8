"""Tokenizers that others made, read with suspicion."""
