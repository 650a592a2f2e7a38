"""How reports are printed: text for people, JSON and SARIF for programs."""
