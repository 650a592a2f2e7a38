"""The hand-written schemas on which `codereal-core` database tasks stand.

A schema is one table with three text columns and one integer column, and a child table that refers to
it. Train and test tasks never share a schema (`HELD_OUT`), so a model is measured on tables and names it
never saw. Rows are drawn once per schema from a fixed seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schema:
    """One table, its child, and the words that fill them."""

    table: str
    noun: str
    text: tuple[str, str, str]
    number: str
    child: str
    child_text: str
    child_number: str
    words: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    child_words: tuple[str, ...]

    @property
    def parent_key(self) -> str:
        """The child's column that holds the parent's id."""
        return f"{self.noun}_id"

    def rows(self, count: int = 9) -> list[tuple[int, str, str, str, int]]:
        """The parent's rows: id, three texts, a number that no two rows share (so that sorting is total)."""
        draw = random.Random(f"{self.table} rows")
        numbers = draw.sample(range(10, 90), count)
        return [(i + 1, *(draw.choice(column) for column in self.words), numbers[i]) for i in range(count)]  # type: ignore[misc]

    def child_rows(self, count: int = 12) -> list[tuple[int, int, str, int]]:
        """The child's rows: id, parent's id, a text, a number."""
        draw = random.Random(f"{self.child} rows")
        return [(i + 1, draw.randint(1, 9), draw.choice(self.child_words), draw.randint(1, 60)) for i in range(count)]

    def script(self) -> str:
        """SQL that builds both tables; plain enough for SQLite, PostgreSQL and MariaDB."""
        columns = ", ".join(f"{name} VARCHAR(80)" for name in self.text)
        lines = [
            f"CREATE TABLE {self.table} (id INTEGER PRIMARY KEY, {columns}, {self.number} INTEGER);",
            f"CREATE TABLE {self.child} (id INTEGER PRIMARY KEY, {self.parent_key} INTEGER, "
            f"{self.child_text} VARCHAR(80), {self.child_number} INTEGER);",
        ]
        for table, rows in ((self.table, self.rows()), (self.child, self.child_rows())):
            lines += [f"INSERT INTO {table} VALUES ({', '.join(_literal(value) for value in row)});" for row in rows]
        return "\n".join(lines) + "\n"


def _literal(value: int | str) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _schema(table: str, child: str, *words: str) -> Schema:
    name, noun, *columns = table.split()
    kid, kid_text, kid_number = child.split()
    first, second, third, fourth = (tuple(line.split()) for line in words)
    text = (columns[0], columns[1], columns[2])
    return Schema(name, noun, text, columns[3], kid, kid_text, kid_number, (first, second, third), fourth)


# table, noun of a row, three text columns, integer column · child table, its text, its number · words per column
SCHEMAS: tuple[Schema, ...] = (
    _schema("users user name email city age", "logins device minutes",
            "Ana Bob Cleo Dan Eve Finn", "a@x.org b@y.net c@z.com d@w.io", "Oslo Rome Lima Kyiv", "phone laptop tablet"),
    _schema("books book title author genre pages", "loans reader days",
            "Dune Emma Ulysses Momo Kim", "Herbert Austen Joyce Ende", "novel poetry essay", "Ida Jon Kai"),
    _schema("orders order customer product status amount", "shipments carrier weight",
            "Mia Noah Olga Pete", "lamp chair desk clock", "open paid sent", "dhl ups post"),
    _schema("cars car model brand color price", "services workshop cost",
            "Fox Lynx Puma Wolf", "Avia Bolt Cima", "red blue black", "north south west"),
    _schema("songs song artist album label length", "plays station seconds",
            "Aria Brio Coda Duet", "Dawn Echo Flux", "Indigo Jade Koral", "one two three"),
    _schema("staff person name role office salary", "reviews reviewer points",
            "Lea Max Nia Oto Pia", "clerk cook guide", "east west hub", "Rut Sam Tom"),
    _schema("movies movie film director studio year", "tickets cinema seats",
            "Alba Brisa Cielo Duna", "Lang Varda Ozu", "Orion Pegaso Quasar", "Rex Lux Apollo"),
    _schema("pets pet owner breed nick weight", "visits doctor fee",
            "Una Vera Wim Xenia", "beagle corgi husky", "Ace Bibi Coco", "Ito Juri Koch"),
    _schema("cities city name country river population", "parks gate area",
            "Arles Basel Celje Delft", "France Swiss Slovenia", "Rhone Rhine Sava", "main side back"),
    _schema("courses course title teacher room credits", "exams term score",
            "Logic Optics Poetry Rhetoric", "Abel Bohr Curie", "A1 B2 C3", "spring summer autumn"),
    _schema("devices device serial vendor site port", "alerts level count",
            "sn1 sn2 sn3 sn4 sn5", "Acme Borg Cyan", "lab roof hall", "low mid high"),
    _schema("recipes recipe dish cuisine cook minutes", "ratings guest stars",
            "soup stew salad tart", "thai greek polish", "Ada Ben Cho", "Rui Sol Tea"),
    _schema("trips trip driver origin target distance", "tolls plaza cents",
            "Gil Hana Ivo Jane", "Bern Bonn Brno", "Nice Pisa Riga", "hill lake pass"),
    _schema("tickets ticket subject reporter state priority", "comments writer votes",
            "crash login print export", "Kim Lou Mo", "new open done", "Zed Yan Xio"),
    _schema("plants plant species family soil height", "waterings worker liters",
            "fern moss sage mint", "rosa palma ficus", "clay sand loam", "Ola Per Quin"),
    # held out
    _schema("flights flight pilot airline origin seats", "bookings traveler price",
            "Amy Bo Cy Dee", "Aero Boreal Condor", "Faro Graz Hull", "Eli Fay Gus"),
    _schema("games game player team level score", "matches stadium goals",
            "Ike Jo Kit Lu", "reds blues greens", "easy hard expert", "arena dome field"),
    _schema("hotels hotel guest suite country nights", "invoices payer total",
            "Moe Nan Opal Pam", "attic garden corner", "Chile Egypt Japan", "cash card bank"),
    _schema("parcels parcel sender receiver depot grams", "scans clerk hour",
            "Rae Sid Tia Uma", "Val Wes Xan", "dock gate yard", "Yve Zoe Abe"),
    _schema("jobs job title company region wage", "offers candidate bonus",
            "baker miner pilot tailor", "Nord Ost Sud", "coast delta plain", "Cal Dov Ewa"),
)  # fmt: skip

HELD_OUT = frozenset({"flights", "games", "hotels", "parcels", "jobs"})
