"""benchmarks: our scores beside the published ones, and what their differences are worth."""
