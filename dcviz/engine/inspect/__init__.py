"""inspect: weights of checkpoints, ours and foreign: read safely, measured, matched, re-embedded.

Only `child` imports torch, in a short process of its own with limits; nothing here runs code from a file.
"""
