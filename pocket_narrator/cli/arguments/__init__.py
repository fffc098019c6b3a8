"""Arguments as people type them."""
