"""Models: the interface that telling and measuring see, and the decoder stack."""
