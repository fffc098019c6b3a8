"""The way into C: sources compiled and kept, declarations read from them, and arguments checked against these."""
