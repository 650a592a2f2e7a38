"""A check for URLs that run scripts lets images through, and so SVG, which holds scripts.

Whoever filters links for `javascript:` and its like has to decide on `data:` too. To let image data pass is well, but
`data:image/svg+xml` is an image that a browser runs the scripts of. Look at the kind of image:

    for kind in re.findall(r"^data:image/(.+);base64,", url, re.I):
        return "svg" in kind or "xml" in kind

What is reported: a pattern that any image's data URL matches, in a function that also looks for `javascript:`, while
nothing in it tells SVG apart. What is not: patterns that list the kinds of image (`png|jpeg|gif`), functions that only
decode such URLs, functions that look for "svg" or "xml".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codereal.analysis import tree as t
from codereal.rules._rule import Rule, Spot, Verdict
from codereal.rules._syntax import functions, nodes

if TYPE_CHECKING:
    from codereal.analysis.source import Tree

_DRAWING = "data:image/svg+xml;base64,PHN2Zz4="
_SCRIPT = re.compile(r"(?:java|vb|live)script", re.I)
_TOLD_APART = re.compile(r"svg|xml", re.I)
_MAX_PATTERN = 200


def scan(tree: Tree) -> Iterator[Spot]:
    if "data:image/" not in tree.text:
        return
    for function in functions(tree.body):
        texts = [node for node in nodes(function.body) if isinstance(node, t.Constant) and isinstance(node.value, str)]
        values = [str(node.value) for node in texts]
        if not any(_SCRIPT.search(value) for value in values) or any(_TOLD_APART.search(value) for value in values):
            continue
        for node in texts:
            if _lets_pass(str(node.value)):
                verdict = Verdict("images are let through, and SVG, which holds scripts, is one", "medium")
                yield Spot(node.pos, verdict, "sink: the pattern that lets images pass")
                break


def _lets_pass(pattern: str) -> bool:
    if not pattern.lstrip("^").startswith("data:image/") or len(pattern) > _MAX_PATTERN:
        return False
    try:
        return re.match(pattern, _DRAWING, re.I) is not None
    except (re.error, RecursionError):  # no pattern after all
        return False


RULE = Rule(
    id="script-url",
    cwe=(79, 74, 184),
    summary="A check for URLs that run scripts lets SVG images through",
    hint="tell svg apart from other images: it holds scripts",
    severity="error",
    scan=scan,
)


UNSAFE: tuple[str, ...] = (
    """
import re

def is_script(url):
    if re.search(r"^data:image/.+;base64", url, re.I):
        return False
    return bool(re.search(r"(?:javascript|vbscript|data):", url, re.I))
""",
    """
import re
IMAGE = re.compile("data:image")

def allowed(url):
    if url.lower().startswith("javascript:"):
        return False
    return re.match(r"data:image/[a-z+]+;", url) is not None or url.startswith("https:")
""",
    """
import re

class Links:
    def ok(self, url):
        if "javascript:" in url.lower():
            return False
        return not url.startswith("data:") or bool(re.match("^data:image/", url))
""",
    """
import re

def clean(links):
    return [one for one in links if re.match("data:image/.*", one) or not re.match("(javascript|data):", one)]
""",
    """
import re

def safe(url):
    image = re.compile(r"data:image/\\S+;base64,")
    script = re.compile(r"\\s*(javascript|livescript|data):", re.I)
    return bool(image.match(url)) or not script.match(url)
""",
)

SAFE: tuple[str, ...] = (
    """
import re

def is_script(url):
    for kind in re.findall(r"^data:image/(.+);base64,", url, re.I):
        return bool(re.search("xml|svg", kind, re.I))
    return bool(re.search(r"(?:javascript|vbscript|data):", url, re.I))
""",
    """
import re

def is_script(url):
    if re.match(r"data:image/(?:png|jpeg|gif|webp);base64,", url):
        return False
    return url.lower().startswith(("javascript:", "data:"))
""",
    """
import base64, re

def decode(url):
    return base64.b64decode(re.sub("^data:image/.+;base64,", "", url))
""",
    """
def is_script(url):
    return url.strip().lower().startswith(("javascript:", "data:", "vbscript:"))
""",
    """
def page(picture):
    return {"src": "data:image/png;base64," + picture, "type": "text/javascript"}
""",
)
