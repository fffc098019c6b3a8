"""Keys in Weights & Biases that differ from the names here."""

SECTIONS = {"corpus": "data", "training": "trainer"}  # of the recipe: ours to theirs, where they differ
KEYS = {
    "learning_rate": "train/lr",
    "gradient_norm": "train/grad_norm",
    "validation_loss": "epoch/val_loss",
    "validation_perplexity": "epoch/val_perplexity",
    "validation_bits_per_byte": "epoch/val_bits_per_byte",
}
