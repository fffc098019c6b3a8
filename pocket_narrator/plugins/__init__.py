"""What others add from their own files and packages: tables of things by name, and the code that an addition comes from."""
