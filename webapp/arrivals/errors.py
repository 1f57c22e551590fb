"""What is said to a person whose file cannot be taken."""


class RefusedError(Exception):
    """Something that a person asked for and that cannot be done: the cause and what to do instead."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause} {remedy}")
        self.cause = cause
        self.remedy = remedy


class DiskFullError(RefusedError):
    """There is no room for the file, or for its next part."""


class OffsetError(Exception):
    """A part that does not follow what has come: `received` bytes have."""

    def __init__(self, received: int) -> None:
        super().__init__(f"{received} bytes have come")
        self.received = received
