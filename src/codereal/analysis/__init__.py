"""Program analysis of single Python files: needs the standard library and the parser only.

text → `source` → tree → `lower` → IR in SSA form → `interpret` (one abstract
interpretation per entry point) → findings.
"""
