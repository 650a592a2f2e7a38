"""Trainers on one machine: supervised warm-up and PPO with a value model; scale-out is verl's work."""
