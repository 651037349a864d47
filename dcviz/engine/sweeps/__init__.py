"""Sweeps: many trainings of one method over settings and seeds; Optuna draws them, the engines train them."""
