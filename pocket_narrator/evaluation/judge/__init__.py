"""Judging stories with a language model behind any OpenAI-compatible endpoint; docs/judge.md explains the whole."""
