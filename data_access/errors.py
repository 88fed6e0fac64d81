"""What the program cannot do, said to whoever asked."""


class UserError(Exception):
    """Its text is a whole sentence for the person at the command line, without a traceback."""
