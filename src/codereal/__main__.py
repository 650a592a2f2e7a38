"""`python -m codereal` is the `codereal` command."""

from codereal.cli import main

raise SystemExit(main())
