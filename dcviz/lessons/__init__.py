"""lessons: what the lab teaches: texts, claims with their numbers, precomputed answers. No torch, no UI."""
