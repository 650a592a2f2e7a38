"""What is known of libraries: the files of `codereal/libraries`, read once. The engine knows no library's name.

schema = 1
library = "sqlite3"
[types]                 # call → class of the object it gives
[attributes]            # attribute or constant → class of the object it is
"sqlite3.connect" = "sqlite3.Connection"
[constants]             # attribute → the text it is
[bases]                 # class → classes whose methods it shares
[unbound]               # a name that code cut from its file uses without import → what it is taken for
[methods]               # method → class of its result, where nothing is known of the receiver
[clean]                 # calls whose result carries nothing of the arguments
names = ["len"]
[exits]                 # calls that never return
names = ["sys.exit"]
[injects]               # calls in the place of a default: a framework gives what their argument, called, gives
names = ["fastapi.Depends"]
[fluent]                # classes each of whose methods gives an object of the class, without what it is given
names = ["sqlalchemy.Statement"]
[wrap]                  # call → class of what it gives, which holds the text of its argument (a path, a parsed URL)
[errors]                # package → what its exceptions tell, in words: origins of the kind "error"
[[source]]              # calls = ["input"] or attributes = ["sys.argv"], kind = "input", words = "…",
                        # clears = […]: kinds of sink for which it does no harm; methods = […]: by name alone;
                        # chosen = true: only where untrusted data says what is read; declared = true: an object
                        # whose attributes [[declare]] calls have named
[[declare]]             # calls = […] that name an attribute: by the text of argument 0 without leading dashes, or
                        # dest=…; type=… converts it, with choices=… it is one of the program's own, action=… a flag;
                        # infers = true: without a type, it has that of default=…
[[sink]]                # kind = "sql", calls = […] and/or methods = […], args = [0, "sql"]; "self": what the method is
                        # called on; "()": the call itself; when = {shell = true}: that argument may be so;
                        # unless = {…}: it is not this constant; sets = ["a.B.c", "a.B.c[k]", "a.B.c[]"]: what is set;
                        # imports = […]: imported
[[sanitizer]]           # calls = […], clears = ["html"] and/or alphabet = "digits"; unless = {quote = false}: with
                        # that constant it clears nothing, only the alphabet holds
[[guard]]               # calls or methods = […]: true only if what they are given is harmless for `clears`;
                        # raises = true: they raise if not; attributes = […]: comparing them shows it of the whole;
                        # fails = true: where the test fails; needs = "…": only of what is harmless for that kind
[[keyed]]               # classes = […] of objects that keep values by `keys` keys; set = […], get = […]: their methods
[[path]]                # role = "join", "resolve", "last" (no separators), "extension" or "url-join", calls = […];
                        # classes = […]: their `/` joins
[[check]]               # calls that raise unless argument 0 is made of an alphabet
[[test]]                # methods that are true only if the text is made of an alphabet
[[regex]]               # role = "match", "substitute" or "compile", calls = […]: regular expressions
[[nodes]]               # kind = "code", classes = ["Call"]: a syntax tree without such nodes is harmless for that kind;
                        # walks = […]: calls that give all nodes; names = […]: attributes that hold a node's name
[[entry]]               # decorators = […]: the functions they mark are called from outside with untrusted arguments;
                        # gives = "html": a text that they return is sent as a page;
                        # calls = […], args = [1, "view"]: functions that are registered by a call;
                        # bases = […], names = ["get", "resolve_*"]: methods of classes made from these;
                        # wrapped = […], names = […]: methods of classes that are called with a request, by package;
                        # mentions = ["word"], takes = 2: functions of that many parameters that nothing calls, in a
                        # text that holds one of these words
[[request]]             # annotations = […]: parameters of these classes carry untrusted data;
                        # attributes = […]: what of an untrusted parameter is a request's, whatever it is called;
                        # own = […]: what the framework itself puts into the request;
                        # members = […]: where an object of a class from elsewhere holds the request
"""

from __future__ import annotations

import tomllib
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from codereal.analysis import alphabet
from codereal.errors import DataError

FOLDER = Path(__file__).parent.parent / "libraries"
SCHEMA = 1
_TABLES = {
    "constants": str,
    "types": str,
    "attributes": str,
    "bases": list,
    "unbound": str,
    "methods": str,
    "wrap": str,
    "errors": str,
}
_NAMES = ("clean", "exits", "fluent", "injects")
_RECORDS: dict[str, dict[str, type]] = {
    "source": {
        "calls": list,
        "methods": list,
        "attributes": list,
        "kind": str,
        "words": str,
        "clears": list,
        "chosen": bool,
        "declared": bool,
    },
    "sink": {
        "calls": list,
        "methods": list,
        "sets": list,
        "imports": list,
        "kind": str,
        "args": list,
        "when": dict,
        "unless": dict,
    },
    "guard": {
        "calls": list,
        "methods": list,
        "attributes": list,
        "clears": list,
        "raises": bool,
        "fails": bool,
        "needs": str,
    },
    "keyed": {"classes": list, "set": list, "get": list, "keys": int},
    "path": {"role": str, "calls": list, "classes": list},
    "declare": {"calls": list, "infers": bool},
    "sanitizer": {"calls": list, "clears": list, "alphabet": str, "unless": dict},
    "check": {"calls": list, "alphabet": str},
    "test": {"methods": list, "alphabet": str},
    "regex": {"role": str, "calls": list},
    "nodes": {"kind": str, "classes": list, "walks": list, "names": list, "visitors": list},
    "entry": {
        "wrapped": list,
        "decorators": list,
        "gives": str,
        "calls": list,
        "args": list,
        "bases": list,
        "names": list,
        "mentions": list,
        "takes": int,
    },
    "request": {"annotations": list, "attributes": list, "own": list, "members": list},
}
_REQUIRED = {
    "source": ("kind", "words"),
    "sink": ("kind",),
    "guard": ("clears",),
    "keyed": ("classes", "set", "get", "keys"),
    "path": (),
    "declare": ("calls",),
    "check": ("calls", "alphabet"),
    "test": ("methods", "alphabet"),
    "regex": ("role", "calls"),
    "nodes": ("kind", "classes"),
    "entry": (),
    "request": (),
}


class Source:
    """Untrusted data enters here; `kind` sorts it (input, request, environment, file, network)."""

    __slots__ = ("chosen", "clears", "declared", "kind", "words")

    def __init__(
        self, kind: str, words: str, clears: tuple[str, ...] = (), chosen: bool = False, declared: bool = False
    ) -> None:
        self.chosen = chosen  # only where untrusted data says what is read
        self.declared = declared  # an object whose attributes the program has declared
        self.kind = kind
        self.words = words
        self.clears = clears  # kinds of sink for which it does no harm


class Sink:
    """Arguments that must not hold untrusted data; `args` are positions and keywords, "self" and "()" (see above).

    `when` and `unless` are (keyword, constant) pairs that the call is asked for.
    """

    __slots__ = ("args", "kind", "unless", "when")

    def __init__(
        self,
        kind: str,
        args: tuple[int | str, ...],
        when: tuple[tuple[str, object], ...] = (),
        unless: tuple[tuple[str, object], ...] = (),
    ) -> None:
        self.kind = kind
        self.args = args
        self.when = when
        self.unless = unless


class Guard:
    """A test that shows untrusted data to be harmless for the kinds of sink in `clears`."""

    __slots__ = ("clears", "fails", "needs", "raises")

    def __init__(self, clears: tuple[str, ...], raises: bool, fails: bool = False, needs: str = "") -> None:
        self.clears = clears
        self.raises = raises
        self.fails = fails  # it is when the test fails that it shows this
        self.needs = needs  # a kind of sink for which the data has to be harmless before


class Sanitizer:
    """The result is harmless for the kinds of sink in `clears`, and made of `letters`."""

    __slots__ = ("clears", "letters", "unless")

    def __init__(self, clears: tuple[str, ...], letters: int, unless: tuple[tuple[str, object], ...] = ()) -> None:
        self.clears = clears
        self.letters = letters
        self.unless = unless  # (keyword, constant) pairs that leave `letters` alone


class Library:
    """All models merged: plain dictionaries by qualified name."""

    def __init__(self) -> None:
        self.types: dict[str, str] = {}
        self.constants: dict[str, str] = {}
        self.attributes: dict[str, str] = {}
        self.bases: dict[str, list[str]] = {}
        self.unbound: dict[str, str] = {}
        self.methods: dict[str, str] = {}
        self.clean: set[str] = set()
        self.clean_attributes: set[str] = set()
        self.exits: set[str] = set()
        self.call_sources: dict[str, Source] = {}
        self.method_sources: dict[str, Source] = {}
        self.attribute_sources: dict[str, Source] = {}
        self.sinks: dict[str, list[Sink]] = {}
        self.method_sinks: dict[str, list[Sink]] = {}
        self.sanitizers: dict[str, Sanitizer] = {}
        self.checks: dict[str, int] = {}
        self.tests: dict[str, int] = {}
        self.regexes: dict[str, str] = {}
        self.wrap: dict[str, str] = {}
        self.errors: dict[str, str] = {}  # package → what its exceptions tell
        self.set_sinks: dict[str, list[Sink]] = {}
        self.import_sinks: dict[str, list[Sink]] = {}
        self.call_guards: dict[str, Guard] = {}
        self.method_guards: dict[str, Guard] = {}
        self.attribute_guards: dict[str, Guard] = {}
        self.nodes: dict[str, frozenset[str]] = {}  # kind of sink → classes of syntax that do harm there
        self.walks: set[str] = set()
        self.visitors: set[str] = set()
        self.node_names: set[str] = set()
        self.paths: dict[str, str] = {}
        self.path_classes: set[str] = set()
        self.keyed: set[str] = set()
        self.keyed_methods: dict[str, tuple[str, int]] = {}
        self.entries: dict[str, str] = {}
        self.registrations: dict[str, tuple[tuple[int | str, ...], str]] = {}  # call → where it is given a function
        self.handlers: dict[str, list[tuple[frozenset[str], str]]] = {}  # class → names of methods, what they give
        self.mentions: dict[str, int] = {}  # word → parameters of the functions that are called from outside
        self.declares: set[str] = set()
        self.infers: set[str] = set()  # of these, those that take the type of the default
        self.requests: set[str] = set()
        self.request_attributes: set[str] = set()
        self.own_attributes: set[str] = set()
        self.request_members: set[str] = set()
        self.injects: set[str] = set()
        self.classes: set[str] = set()
        self.fluent: set[str] = set()

    @cached_property
    def roots(self) -> set[str]:
        """The packages of which something is known."""
        named = (self.types, self.attributes, self.bases, self.wrap, self.sinks, self.sanitizers, self.call_sources)
        return {name.partition(".")[0] for names in named for name in names}

    @cached_property
    def results(self) -> frozenset[str]:
        """The calls of whose result, or of what they declare, something is known."""
        named = (self.call_sources, self.registrations, self.checks, self.sanitizers, self.paths, self.wrap, self.types)
        return frozenset(self.injects | self.declares | self.keyed | self.clean).union(*named)

    def find(self, name: str) -> list[str]:
        """The names under which a method may be modelled: its own, then those of its class's bases, nearest first."""
        owner, dot, method = name.rpartition(".")
        if not dot or owner not in self.bases:
            return [name]
        names = [name]
        pending = list(self.bases[owner])
        while pending:
            base = pending.pop(0)
            names.append(f"{base}.{method}")
            pending.extend(self.bases.get(base, ()))
        return names


@cache
def load() -> Library:
    """Every library file, validated and merged; DataError names the file and the entry that is wrong."""
    library = Library()
    for path in sorted(FOLDER.glob("*.toml")):
        merge(library, path.read_text("utf-8"), path.name)
    return library


def merge(library: Library, text: str, name: str) -> None:
    """Add one library file to `library`; raises DataError when it does not fit the schema."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{name}: not valid TOML: {error}") from error
    _validate(data, name)
    for table in _TABLES:
        getattr(library, table).update(data.get(table, {}))
    library.clean.update(data.get("clean", {}).get("names", ()))
    library.clean_attributes.update(data.get("clean", {}).get("attributes", ()))
    library.fluent.update(data.get("fluent", {}).get("names", ()))
    library.exits.update(data.get("exits", {}).get("names", ()))
    library.injects.update(data.get("injects", {}).get("names", ()))
    library.classes.update(data.get("types", {}).values(), data.get("bases", {}), data.get("methods", {}).values())
    library.classes.update(data.get("wrap", {}).values())
    for record in data.get("source", ()):
        clears, chosen = tuple(record.get("clears", ())), record.get("chosen", False)
        source = Source(record["kind"], record["words"], clears, chosen, record.get("declared", False))
        library.method_sources.update((method, source) for method in record.get("methods", ()))
        library.call_sources.update((call, source) for call in record.get("calls", ()))
        library.attribute_sources.update((attribute, source) for attribute in record.get("attributes", ()))
    for record in data.get("sink", ()):
        when, unless = (tuple(record.get(name, {}).items()) for name in ("when", "unless"))
        sink = Sink(record["kind"], tuple(record.get("args", ("()",))), when, unless)
        for call in record.get("calls", ()):
            library.sinks.setdefault(call, []).append(sink)
        for method in record.get("methods", ()):
            library.method_sinks.setdefault(method, []).append(sink)
        for name in record.get("sets", ()):
            library.set_sinks.setdefault(name, []).append(sink)
        for name in record.get("imports", ()):
            library.import_sinks.setdefault(name, []).append(sink)
    for record in data.get("guard", ()):
        guard = Guard(
            tuple(record["clears"]), record.get("raises", False), record.get("fails", False), record.get("needs", "")
        )
        for guards, field in (
            (library.call_guards, "calls"),
            (library.method_guards, "methods"),
            (library.attribute_guards, "attributes"),
        ):
            for name in record.get(field, ()):
                # Several libraries may say what a test shows.
                known = guards.get(name)
                guards[name] = guard if known is None else Guard((*known.clears, *guard.clears), guard.raises)
    for record in data.get("keyed", ()):
        library.keyed.update(record["classes"])
        for role in ("set", "get"):
            library.keyed_methods.update((method, (role, record["keys"])) for method in record[role])
    for record in data.get("path", ()):
        library.paths.update((call, record["role"]) for call in record.get("calls", ()))
        library.path_classes.update(record.get("classes", ()))
    for record in data.get("sanitizer", ()):
        letters = alphabet.NAMED[record.get("alphabet", "any")]
        sanitizer = Sanitizer(tuple(record.get("clears", ())), letters, tuple(record.get("unless", {}).items()))
        library.sanitizers.update((call, sanitizer) for call in record.get("calls", ()))
    for record in data.get("declare", ()):
        library.declares.update(record["calls"])
        library.infers.update(record["calls"] if record.get("infers") else ())
    for record in data.get("check", ()):
        library.checks.update((call, alphabet.NAMED[record["alphabet"]]) for call in record["calls"])
    for record in data.get("test", ()):
        library.tests.update((method, alphabet.NAMED[record["alphabet"]]) for method in record["methods"])
    for record in data.get("regex", ()):
        library.regexes.update((call, record["role"]) for call in record["calls"])
    for record in data.get("nodes", ()):
        library.nodes[record["kind"]] = frozenset(record["classes"])
        library.walks.update(record.get("walks", ()))
        library.visitors.update(record.get("visitors", ()))
        library.node_names.update(record.get("names", ()))
    for record in data.get("entry", ()):
        gives = record.get("gives", "")
        library.entries.update((decorator, gives) for decorator in record.get("decorators", ()))
        registered = (tuple(record.get("args", ())), gives)
        methods = (frozenset(record.get("names", ())), gives)
        for base in (*record.get("bases", ()), *(f"{root}()" for root in record.get("wrapped", ()))):
            library.handlers.setdefault(base, []).append(methods)
        library.mentions.update((word, record.get("takes", 0)) for word in record.get("mentions", ()))
        library.registrations.update((call, registered) for call in record.get("calls", ()))
    for record in data.get("request", ()):
        library.requests.update(record.get("annotations", ()))
        library.request_attributes.update(record.get("attributes", ()))
        library.own_attributes.update(record.get("own", ()))
        library.request_members.update(record.get("members", ()))


def _validate(data: dict[str, Any], name: str) -> None:
    if data.get("schema") != SCHEMA:
        raise DataError(f"{name}: schema must be {SCHEMA}, not {data.get('schema')!r}")
    for key, value in data.items():
        if key in ("schema", "library"):
            continue
        if key in _NAMES:
            if not isinstance(value, dict) or not set(value) <= {"names", "attributes"}:
                raise DataError(f"{name}: [{key}] may hold `names` and `attributes` alone")
        elif key in _TABLES:
            for entry, target in value.items():
                if not isinstance(target, _TABLES[key]):
                    raise DataError(f"{name}: [{key}] {entry}: must be a {_TABLES[key].__name__}")
        elif key in _RECORDS:
            for at, record in enumerate(value, 1):
                _validate_record(key, record, f"{name}: [[{key}]] number {at}")
        else:
            known = ", ".join(sorted((*_TABLES, *_RECORDS, *_NAMES)))
            raise DataError(f"{name}: unknown table {key!r}; known: {known}")


def _validate_record(key: str, record: dict[str, Any], where: str) -> None:
    fields = _RECORDS[key]
    for field, value in record.items():
        if field not in fields:
            raise DataError(f"{where}: unknown field {field!r}; known: {', '.join(fields)}")
        if not isinstance(value, fields[field]):
            raise DataError(f"{where}: {field} must be a {fields[field].__name__}")
    required = _REQUIRED.get(key, ())
    if key == "sink" and not ("sets" in record or "imports" in record):
        required = ("kind", "args")
    for field in required:
        if field not in record:
            raise DataError(f"{where}: {field} is missing")
    letters = record.get("alphabet")
    if letters is not None and letters not in alphabet.NAMED:
        raise DataError(f"{where}: unknown alphabet {letters!r}; known: {', '.join(alphabet.NAMED)}")
