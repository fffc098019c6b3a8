"""The same model under the names of other libraries, one file an architecture."""
