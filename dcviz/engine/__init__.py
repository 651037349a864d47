"""engine: starts trainings, steers them, and waits its turn on a GPU.

`request` turns a wish into a run folder, a launcher starts the worker on it, `worker` trains and writes.
Only `worker` imports torch; the pages use the rest.
"""
