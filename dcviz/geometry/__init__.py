"""Latent-space geometry: pure functions of arrays, the ground floor that imports nothing of ours."""
