"""The code of a Jupyter notebook as one text: the cells one after the other, magics as comments.

Lines count in that text, as they do in what `jupyter nbconvert --to script --no-prompt` writes.
"""

from __future__ import annotations

import json
from typing import Any

from codereal.errors import DataError


def code(text: str, name: str) -> str:
    """The code cells of a notebook; raises DataError for what is no notebook."""
    try:
        cells: list[dict[str, Any]] = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        texts = [source if isinstance(source, str) else "".join(source) for source in sources]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{name} is no Jupyter notebook: {type(error).__name__}: {error}") from error
    return "\n\n".join(_plain(cell) for cell in texts) + "\n"


def _plain(cell: str) -> str:
    """A cell with its magics and shell commands as comments; a cell magic takes the whole cell."""
    lines = cell.split("\n")
    if lines[0].lstrip().startswith("%%") and not lines[0].lstrip().startswith(("%%time", "%%capture")):
        return "\n".join(f"# {line}" for line in lines)
    return "\n".join(f"# {line}" if line.lstrip().startswith(("%", "!", "?")) else line for line in lines)
