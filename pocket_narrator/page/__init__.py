"""HTML pages that need nothing else: one style, tables, stories in boxes, charts as inline SVG; no script, no network."""
