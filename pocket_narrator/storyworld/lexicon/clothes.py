"""What people wear."""

GARMENTS = (
    "coat", "cap", "vest", "jacket", "sweater", "shirt", "cape", "bow tie", "cloak", "raincoat", "belt", "shawl",
)  # fmt: skip
COLORS = (
    "red", "blue", "green", "yellow", "purple", "black", "white", "brown", "pink", "gray", "golden", "silver", "striped",
    "spotted", "dark blue", "bright red",
)  # fmt: skip
