"""Stories out of tables: CSV, JSON, Parquet."""
