"""The reward where people train: one file a trainer, each over the batched core. None of them imports its trainer."""
