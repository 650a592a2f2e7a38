"""One module a suite; its name with dashes is the suite's, its `load(split, path)` gives the tasks."""
