"""The sources: files with a mapping, and what each kind of file holds."""
