"""Regular expressions that take exponential time on texts from outside."""

# ruff: noqa: E501 - sentences and tables of tests, kept a line each

from __future__ import annotations

from codereal.tasks.builders.draft import Draft, Family

_LIMITS = {"cpu_seconds": 0.25, "timeouts": 1}

words = Draft(
    seed="word-list",
    name="is_word_list|only_words|are_words",
    parameters="$p: str",
    p="text|line|value",
    result="bool",
    words="""
        Say whether `$p` consists of words only: letters, digits and underscores, with one space between two words.
        There may be one space at the end, too; an empty text is fine.
        """,
    safe=(
        """
        return re.fullmatch(r"(?:\\w+(?: \\w+)* ?)?", $p) is not None
        """,
        """
        parts = $p.removesuffix(" ").split(" ")
        return $p == "" or all(part and re.fullmatch(r"\\w+", part) for part in parts)
        """,
    ),
    vulnerable=(
        """
        return re.fullmatch(r"(\\w+ ?)*", $p) is not None
        """,
        """
        return re.match(r"^(?:\\w+\\s?)*$", $p) is not None
        """,
    ),
    tests=(("$a $b",), ("$c",), ("$a  $b",), ("$a, $b",), ("",), ("$x $y ",)),
    attacks=(("q" * 40 + "!",), ("qw er " + "q" * 36 + "-",)),
    limits=_LIMITS,
    errors=(),
    constraints=("mark", "blank", "long", "trim"),
)

hosts = Draft(
    seed="host-name",
    name="is_host|is_domain|valid_host",
    parameters="$p: str",
    p="host|name|domain",
    result="bool",
    words="""
        Say whether `$p` looks like a host's name, such as `$host` or `my-$nouns.$host`.
        It consists of parts with dots between them; a part consists of small letters, digits and single hyphens.
        Hyphens stand between other signs of a part, and the last part is of letters only.
        """,
    safe=(
        """
        return re.fullmatch(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*\\.)+[a-z]+", $p) is not None
        """,
        """
        *parts, last = $p.split(".")
        good = all(re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", part) for part in parts)
        return bool(parts) and good and re.fullmatch(r"[a-z]+", last) is not None
        """,
    ),
    vulnerable=(
        """
        return re.fullmatch(r"(?:([a-z0-9]+-?)*[a-z0-9]\\.)+[a-z]+", $p) is not None
        """,
        """
        return re.match(r"^(([a-z0-9]+-?)+[a-z0-9]\\.|[a-z0-9]\\.)+[a-z]+$", $p) is not None
        """,
    ),
    tests=(("$host",), ("my-$nouns.$host",), ("-$a.example",), ("$a",), ("x1.y2.org",), ("$a..example",)),
    attacks=(("q" * 40 + "!",), ("q" * 45,)),
    limits=_LIMITS,
    errors=(),
    constraints=("mark", "blank", "empty", "long", "trim"),
)

quoted = Draft(
    seed="quoted-texts",
    name="quoted_texts|texts_in|string_parts",
    parameters="$p: str",
    p="line|source|text",
    result="list[str]",
    words="""
        Return all texts in double quotes that stand in `$p`, from left to right, without the quotes.
        Within quotes, a backslash makes the next sign an ordinary one; it is kept as it is written.
        """,
    safe=(
        """
        return re.findall(r'"((?:[^"\\\\]|\\\\.)*)"', $p)
        """,
        """
        pattern = re.compile(r'"([^"\\\\]*(?:\\\\.[^"\\\\]*)*)"')
        return [match[1] for match in pattern.finditer($p)]
        """,
    ),
    vulnerable=(
        """
        return re.findall(r'"((?:[^"\\\\]+|\\\\.)*)"', $p)
        """,
        """
        pattern = re.compile(r'"((?:\\\\.|[^\\\\"]+)*)"')
        return [match[1] for match in pattern.finditer($p)]
        """,
    ),
    tests=(('say "$a" and "$b"',), ("no quotes",), ('one "with \\" inside"',), ('""',)),
    attacks=(('"' + "q" * 40,), ('"$a" "' + "q" * 38 + "\\",)),
    limits=_LIMITS,
    forms=("function", "method"),
    errors=(),
    constraints=("mark", "blank", "empty", "long", "trim"),
)

codes = Draft(
    seed="product-code",
    name="is_code|valid_code|looks_like_code",
    parameters="$p: str",
    p="code|label|number",
    result="bool",
    words="""
        Say whether `$p` is the code of a $noun: groups of capital letters or digits with single hyphens between them.
        At least two groups, and the code ends in a digit.
        `A1-B2`, `XY-7-22` and `9-9` are codes, `A1`, `A--1` and `A1-` are not.
        """,
    safe=(
        """
        well_formed = re.fullmatch(r"[A-Z0-9]+(?:-[A-Z0-9]+)+", $p) is not None
        return well_formed and $p[-1].isdigit()
        """,
        """
        groups = $p.split("-")
        return len(groups) > 1 and all(re.fullmatch("[A-Z0-9]+", group) for group in groups) and $p[-1].isdecimal()
        """,
    ),
    vulnerable=(
        """
        return re.fullmatch(r"([A-Z0-9]+-?)*[A-Z0-9]+-([A-Z0-9]+)*[0-9]", $p) is not None
        """,
        """
        return re.match(r"^(?:[A-Z0-9]+-?)*[A-Z0-9]+-(?:[A-Z0-9]+)*\\d$", $p) is not None
        """,
    ),
    tests=(("A1-B2",), ("XY-7-22",), ("A1",), ("A--1",), ("A1-",), ("A-B",)),
    attacks=(("Q" * 40 + "!",), ("A-" + "Q" * 36 + "?",)),
    limits=_LIMITS,
    errors=(),
    held_out=True,
    count=8,
    constraints=("mark", "blank", "empty", "long", "trim"),
)

headers = Draft(
    seed="header-fields",
    name="fields_of|parse_fields|read_fields",
    parameters="$p: str",
    p="line|header|text",
    result="dict[str, str]",
    words="""
        Read a line such as `name=$a; $field=$x;` and return its fields as a dict.
        A field is a word, `=`, a value of letters, digits, spaces and hyphens, and a semicolon; spaces after it do not count.
        A line that does not consist of such fields from beginning to end is a ValueError; an empty line has none.
        """,
    safe=(
        """
        fields = {}
        for part in $p.split(";")[:-1]:
            match = re.fullmatch(r" *([a-z]+)=([A-Za-z0-9 -]*)", part)
            if match is None:
                raise ValueError($p)
            fields[match[1]] = match[2]
        if $p.rpartition(";")[2].strip(" "):
            raise ValueError($p)
        return fields
        """,
        """
        if not re.fullmatch(r"(?:[a-z]+=[A-Za-z0-9 -]*; *)*", $p):
            raise ValueError($p)
        return dict(re.findall(r"([a-z]+)=([^;]*);", $p))
        """,
    ),
    vulnerable=(
        """
        if not re.fullmatch(r"(?:[a-z]+=(?:[A-Za-z0-9]+[ -]*)*; *)*", $p):
            raise ValueError($p)
        return dict(re.findall(r"([a-z]+)=([^;]*);", $p))
        """,
        """
        if re.match(r"^([a-z]+=((\\w|-)+ *)*; *)*$", $p) is None:
            raise ValueError($p)
        return dict(re.findall(r"([a-z]+)=([^;]*);", $p))
        """,
    ),
    tests=(("name=$a; $field=$x;",), ("name=two words;",), ("",), ("name=$b",), ("=;",)),
    attacks=(("name=" + "q" * 40,), ("name=$a; $field=" + "q" * 36 + "!",)),
    limits=_LIMITS,
    errors=("ValueError",),
    held_out=True,
    count=8,
    constraints=("mark", "blank", "long"),
)

FAMILY = Family(
    "regex-time",
    "1333",
    "The time that a text takes must not explode with its length.",
    (words, hosts, quoted, codes, headers),
)
