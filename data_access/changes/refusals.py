"""Why a change was not made."""


class ChangeRefusedError(Exception):
    """Nothing was written: `code` says why, `facts` what the sentence about it names."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts
