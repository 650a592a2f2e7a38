"""Is the code typed, does it say what it takes and gives, and does it say so honestly?"""
