"""Everything that touches a database or a source. It knows the rules below it and no screen."""
