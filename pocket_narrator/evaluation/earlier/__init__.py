"""Figures as the earlier projects defined them, for comparison with their tables only."""
