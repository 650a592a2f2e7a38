"""Measure models and programs: Function, Quality and Func-Qual, with intervals and anchor rows."""
