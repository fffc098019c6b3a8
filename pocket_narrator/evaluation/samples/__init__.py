"""Stories that models generated: made, kept, and measured."""
