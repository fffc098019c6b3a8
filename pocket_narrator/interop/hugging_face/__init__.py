"""Folders of Hugging Face's transformers: out and in."""
