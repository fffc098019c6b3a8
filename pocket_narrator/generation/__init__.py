"""Telling stories with a trained model."""
