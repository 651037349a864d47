"""What the engine refuses, in words a page or the command line can show as they are."""


class RequestError(ValueError):
    """A wish that cannot be fulfilled; the message names the value, what is allowed, and the way out."""
