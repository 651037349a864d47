"""What can be wrong with a run folder, in words a page or the command line can show as they are."""


class RunError(Exception):
    """A run cannot be read, found or changed; the message names the file or value and the way out."""


class ReadOnlyRunError(RunError):
    """The run is part of the gallery or lies on a read-only disk: it can be looked at, not changed."""


class RunBusyError(RunError):
    """Another process is training this very run; a second start would write over the first."""
