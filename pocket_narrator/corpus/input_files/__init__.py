"""Files that may come from anywhere, as streams of bytes."""
