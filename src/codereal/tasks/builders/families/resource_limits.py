"""Resource limits: sizes, counts and depths that somebody else chooses must not decide what the server spends."""

# ruff: noqa: E501 - sentences and tables of tests, kept a line each

from __future__ import annotations

from codereal.sandbox.case import Source
from codereal.tasks.builders.draft import Draft, Family, after, refuses

_LIMITS = {"memory_mb": 160, "cpu_seconds": 1.0, "timeouts": 1}

inbox = Draft(
    seed="inbox",
    name="add_note|post|submit",
    parameters="$p: str",
    p="text|note|message",
    result="int",
    words="""
        Append `$p` to `INBOX`, from where others take it later, and return how many texts are there now.
        `MAX_TEXTS` and `MAX_LENGTH` say how many texts there may be and how many characters each of them may have.
        What does not fit in is an OverflowError, and nothing is added then.
        """,
    given="""
        MAX_TEXTS = 50
        MAX_LENGTH = 200
        INBOX: list[str] = []


        def waiting() -> int:
            \"\"\"How many characters are in the inbox.\"\"\"
            return sum(map(len, INBOX))
        """,
    safe=(
        """
        if len(INBOX) >= MAX_TEXTS or len($p) > MAX_LENGTH:
            raise OverflowError("no room")
        INBOX.append($p)
        return len(INBOX)
        """,
        """
        if len($p) > MAX_LENGTH:
            raise OverflowError("too long")
        if len(INBOX) == MAX_TEXTS:
            raise OverflowError("full")
        INBOX.append($p)
        return len(INBOX)
        """,
    ),
    vulnerable=(
        """
        INBOX.append($p)
        return len(INBOX)
        """,
        """
        if len(INBOX) >= MAX_TEXTS:
            raise OverflowError("full")
        INBOX.append($p)
        return len(INBOX)
        """,
    ),
    tests=(("$a",), ("two words",), ("$x and $y",)),
    attacks=(("q" * 5000,),),
    probes=(
        "for n in range(60):\n    try:\n        $f('$a')\n    except OverflowError:\n        pass\nassert waiting() <= 50 * len('$a')\n",
        after("'q' * 100_000", "assert waiting() == 0"),
    ),
    setup="open('inbox.log', 'w').close()",
    forms=("function", "method"),
    errors=("OverflowError",),
    constraints=("trim", "mark", "empty", "blank"),
)

unpack = Draft(
    seed="decompress",
    name="unpacked|decompress|open_upload",
    parameters="$p: bytes",
    p="data|upload|body",
    result="bytes",
    words="""
        Return what `$p` holds, which somebody uploaded, compressed with bz2.
        Uploads have at most `MAX_BYTES` bytes when they are unpacked; a larger one is a ValueError.
        So is one that is no bz2 data.
        """,
    given="""
        MAX_BYTES = 100_000
        """,
    safe=(
        """
        decompressor = bz2.BZ2Decompressor()
        try:
            content = decompressor.decompress($p, max_length=MAX_BYTES + 1)
        except OSError as error:
            raise ValueError("not bz2") from error
        if len(content) > MAX_BYTES or not decompressor.eof:
            raise ValueError("too large, or cut off")
        return content
        """,
        """
        try:
            with bz2.open(io.BytesIO($p)) as stream:
                content = stream.read(MAX_BYTES + 1)
        except (OSError, EOFError) as error:
            raise ValueError("not bz2") from error
        if len(content) > MAX_BYTES:
            raise ValueError("too large")
        return content
        """,
    ),
    vulnerable=(
        """
        try:
            content = bz2.decompress($p)
        except OSError as error:
            raise ValueError("not bz2") from error
        if len(content) > MAX_BYTES:
            raise ValueError("too large")
        return content
        """,
        """
        if len($p) > MAX_BYTES:
            raise ValueError("too large")
        try:
            return bz2.decompress($p)
        except OSError as error:
            raise ValueError("not bz2") from error
        """,
    ),
    tests=(
        (Source("__import__('bz2').compress(b'$a and $b')"),), (Source("__import__('bz2').compress(b'')"),), (b"nonsense",),
    ),
    probes=(
        # Streams one after the other are one upload: 300 MB of zeros in 13 KB.
        "import bz2\n" + refuses("bz2.compress(bytes(1_000_000)) * 300", "ValueError"),
        "import bz2\n" + refuses("bz2.compress(bytes(150_000))", "ValueError"),
    ),
    limits={"memory_mb": 96, "cpu_seconds": 2.0, "timeouts": 1},
    forms=("function", "method"),
    key="",
)  # fmt: skip

nesting = Draft(
    seed="nested-lists",
    name="depth_of|nesting|parse_depth",
    parameters="$p: str",
    p="text|line|source",
    result="int",
    words="""
        Return how deep the brackets of `$p` are nested: `[a[b]]` has depth 2, a text without brackets 0.
        Brackets that are not closed, or closed before they are opened, are a ValueError.
        So is a nesting of more than `MAX_DEPTH`, and a text of any length may come.
        """,
    given="""
        MAX_DEPTH = 50
        """,
    safe=(
        """
        depth = deepest = 0
        for sign in $p:
            depth += (sign == "[") - (sign == "]")
            if depth < 0 or depth > MAX_DEPTH:
                raise ValueError($p[:20])
            deepest = max(deepest, depth)
        if depth:
            raise ValueError("not closed")
        return deepest
        """,
        """
        def _measure(text: str, start: int, level: int) -> tuple[int, int]:
            \"\"\"The depth of what begins at a place, and where it ends.\"\"\"
            if level > MAX_DEPTH:
                raise ValueError("nested too deeply")
            deepest, place = level, start
            while place < len(text) and text[place] != "]":
                if text[place] == "[":
                    inner, place = _measure(text, place + 1, level + 1)
                    deepest = max(deepest, inner)
                    if text[place : place + 1] != "]":
                        raise ValueError("not closed")
                place += 1
            return deepest, place
        ---
        depth, end = _measure($p, 0, 0)
        if end != len($p):
            raise ValueError("closed too often")
        return depth
        """,
    ),
    vulnerable=(
        """
        def _measure(text: str, start: int, level: int) -> tuple[int, int]:
            \"\"\"The depth of what begins at a place, and where it ends.\"\"\"
            deepest, place = level, start
            while place < len(text) and text[place] != "]":
                if text[place] == "[":
                    inner, place = _measure(text, place + 1, level + 1)
                    deepest = max(deepest, inner)
                    if text[place : place + 1] != "]":
                        raise ValueError("not closed")
                place += 1
            return deepest, place
        ---
        depth, end = _measure($p, 0, 0)
        if end != len($p) or depth > MAX_DEPTH:
            raise ValueError("closed too often, or too deep")
        return depth
        """,
    ),
    tests=(("[$a[$b]]",), ("$c",), ("[[]",), ("[]]",), ("[" * 51 + "]" * 51,), ("[x][[y]]",)),
    probes=(
        refuses("'[' * 20_000 + ']' * 20_000", "ValueError"),
        refuses("'[' * 3_000 + ']' * 3_000", "ValueError"),
    ),
    forms=("function", "method"),
    constraints=("trim", "mark", "empty", "blank"),
)

expand = Draft(
    seed="run-lengths",
    name="expand|unfold|written_out",
    parameters="$p: str",
    p="code|text|packed",
    result="str",
    words="""
        Write out a text in which repeated signs are counted: `3a2b` is `aaabb`, `2a1 ` is `aa` and a space.
        A count is a number of decimal digits, and exactly one sign follows it, which is no digit.
        What is not written like that is a ValueError, and so is a result of more than `MAX_SIGNS` signs.
        """,
    given="""
        MAX_SIGNS = 1_000
        """,
    safe=(
        """
        if not re.fullmatch(r"(?:[0-9]{1,9}[^0-9])*", $p, re.DOTALL):
            raise ValueError($p[:20])
        runs = [(int(count), sign) for count, sign in re.findall(r"([0-9]+)([^0-9])", $p, re.DOTALL)]
        if sum(count for count, _ in runs) > MAX_SIGNS:
            raise ValueError("too long")
        return "".join(sign * count for count, sign in runs)
        """,
        """
        parts: list[str] = []
        total, count = 0, ""
        for sign in $p:
            if sign in "0123456789":
                count += sign
                continue
            if not count or len(count) > 9:
                raise ValueError($p[:20])
            total += int(count)
            if total > MAX_SIGNS:
                raise ValueError("too long")
            parts.append(sign * int(count))
            count = ""
        if count:
            raise ValueError($p[:20])
        return "".join(parts)
        """,
    ),
    vulnerable=(
        """
        if not re.fullmatch(r"(?:[0-9]+[^0-9])*", $p, re.DOTALL):
            raise ValueError($p[:20])
        result = "".join(sign * int(count) for count, sign in re.findall(r"([0-9]+)([^0-9])", $p, re.DOTALL))
        if len(result) > MAX_SIGNS:
            raise ValueError("too long")
        return result
        """,
        """
        parts: list[str] = []
        count = ""
        for sign in $p:
            if sign in "0123456789":
                count += sign
                continue
            if not count or int(count) > MAX_SIGNS:
                raise ValueError($p[:20])
            parts.append(sign * int(count))
            count = ""
        if count:
            raise ValueError($p[:20])
        return "".join(parts)
        """,
    ),
    tests=(("3a2b",), ("2a1 3z",), ("",), ("3",), ("a3",)),
    probes=(
        refuses("'999999999q'", "ValueError"),
        refuses("'999q' * 40", "ValueError"),
        refuses("'400000000x400000000y'", "ValueError"),
    ),
    limits=_LIMITS,
    forms=("function", "method"),
    constraints=("mark",),
)

pages = Draft(
    seed="page-ranges",
    name="pages_of|page_numbers|read_pages",
    parameters="$p: str",
    p="text|wanted|ranges",
    result="list[int]",
    words="""
        Return the pages that a reader wants printed: `2,5-7` gives `[2, 5, 6, 7]`.
        Parts are numbers from 1 on or ranges of two numbers, of which the second is not smaller; commas stand between them.
        Anything else is a ValueError, and so are more than `MAX_PAGES` pages.
        """,
    given="""
        MAX_PAGES = 500
        """,
    safe=(
        """
        found: list[int] = []
        for part in $p.split(","):
            match = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", part)
            if match is None:
                raise ValueError(part)
            first, last = int(match[1]), int(match[2] or match[1])
            if first < 1 or last < first or len(found) + last - first + 1 > MAX_PAGES:
                raise ValueError(part)
            found += range(first, last + 1)
        return found
        """,
    ),
    vulnerable=(
        """
        found: list[int] = []
        for part in $p.split(","):
            match = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", part)
            if match is None:
                raise ValueError(part)
            first, last = int(match[1]), int(match[2] or match[1])
            if first < 1 or last < first:
                raise ValueError(part)
            found += list(range(first, last + 1))
        if len(found) > MAX_PAGES:
            raise ValueError("too many pages")
        return found
        """,
    ),
    tests=(("2,5-7",), ("1",), ("9-8",), ("0-2",), ("",), ("3-",)),
    probes=(refuses("'1-999999999'", "ValueError"), refuses("'1-90000000,5'", "ValueError")),
    limits=_LIMITS,
    forms=("function", "method"),
    constraints=("trim", "mark", "empty", "long", "blank"),
    held_out=True,
    count=8,
)

table = Draft(
    seed="blank-table",
    name="blank_table|empty_grid|new_table",
    parameters="width: int, height: int",
    result="list[str]",
    words="""
        Return an empty table for a plan of $nouns, as lines of text: `height` lines of `width` dots each.
        Both numbers come from a form and are at least 1, or it is a ValueError.
        So is a table of more than `MAX_CELLS` dots.
        """,
    given="""
        MAX_CELLS = 10_000
        """,
    safe=(
        """
        if width < 1 or height < 1 or width * height > MAX_CELLS:
            raise ValueError((width, height))
        return ["." * width] * height
        """,
        """
        if min(width, height) < 1:
            raise ValueError("no cells")
        if height > MAX_CELLS // width:
            raise ValueError("too many cells")
        return ["." * width for _ in range(height)]
        """,
    ),
    vulnerable=(
        """
        if width < 1 or height < 1:
            raise ValueError((width, height))
        rows = ["".join("." for _ in range(width)) for _ in range(height)]
        if sum(map(len, rows)) > MAX_CELLS:
            raise ValueError("too many cells")
        return rows
        """,
        """
        if not 1 <= width <= MAX_CELLS or not 1 <= height <= MAX_CELLS:
            raise ValueError((width, height))
        return ["." * width for _ in range(height)]
        """,
    ),
    tests=((3, 2), (1, 1), (0, 5), (4, -1)),
    probes=(refuses("9_000, 9_000", "ValueError"), refuses("10_000_000, 1_000_000", "ValueError")),
    limits=_LIMITS,
    key="height",
    constraints=(),
    forms=("function", "method"),
    held_out=True,
    count=8,
)

FAMILY = Family(
    "resource-limits",
    "770",
    "What comes from outside must not decide how much memory or time is spent: limits are checked before the work is done.",
    (inbox, unpack, nesting, expand, pages, table),
)
