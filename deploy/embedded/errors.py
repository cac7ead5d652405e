"""What an operator is told when the embedded run cannot go on."""


class CannotRun(Exception):
    """One sentence for the operator, in Chinese and in English: what happened and what to do.

    `details` are what a program said about it, below.
    """

    def __init__(self, zh: str, en: str, details: str = "") -> None:
        self.zh, self.en, self.details = zh, en, details
        super().__init__("\n".join(filter(None, (zh, en, details))))

    @property
    def one_line(self) -> str:
        """For a log: in English, with the details behind it."""
        return f"{self.en}\n{self.details}" if self.details else self.en
