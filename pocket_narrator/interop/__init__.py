"""Models of other libraries: their weights in, ours out."""
