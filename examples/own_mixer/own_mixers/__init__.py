"""Mixers of one's own for pocket-narrator."""
