"""The hybrid reward: program analysis and tests, brought together into one explained number."""
