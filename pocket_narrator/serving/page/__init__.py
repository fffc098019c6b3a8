"""The page in the browser on which trained models tell stories."""
