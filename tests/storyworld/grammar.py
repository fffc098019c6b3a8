"""What no told text has, by pattern."""

PATTERNS = {
    "template left over": r"[{}\[\]|_/]",
    "two spaces": r"  ",
    "space before a mark": r" [,.!?]",
    "two marks": r"[.,!?][.,!?]",
    "small letter after a sentence": r'(^|[a-z][.!?] |\n)"?[a-z]',
    "a word twice": r"\b(?!had)(\w+) \1\b",
    "a before a vowel": r"\b[Aa] [aeioAEIO](?!ne\b)",
    "an before a consonant": r"\b[Aa]n (?!hour|honest)[^aeiou\W]",
    "not ASCII": r"[^\x00-\x7f]",
    "wrong verb": r"\b(they was|(?<!if )(it|he|she) were|I is|you was)\b",
    "odd quotes": r'(?m)^[^"\n]*"(?:[^"\n]*"[^"\n]*")*[^"\n]*$',
}
