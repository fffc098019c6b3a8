"""Several measured models side by side."""
