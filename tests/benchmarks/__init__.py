"""How fast, how large, how many: the budgets of DESIGN.md, measured. `python -m tests.benchmarks --help`."""
