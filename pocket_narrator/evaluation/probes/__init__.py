"""Questions to a model whose answers are known."""
