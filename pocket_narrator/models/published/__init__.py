"""Models of other people's behind `LanguageModel`."""
