"""GGUF, the format of llama.cpp: out and in."""
