"""The worlds that problems are told in. Train and test tasks share no world, as they share no draft."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Domain:
    """A noun with its plural, four names of things, three people, a text field with three values, a host."""

    noun: str
    nouns: str
    things: tuple[str, ...]
    people: tuple[str, ...]
    field: str
    values: tuple[str, ...]
    host: str

    @property
    def words(self) -> dict[str, str]:
        """What `Draft.fill` puts into the holes."""
        holes = {"noun": self.noun, "nouns": self.nouns, "Noun": self.noun.capitalize(), "STORE": self.nouns.upper()}
        holes |= dict(zip("abcd", self.things, strict=True)) | dict(zip("uvw", self.people, strict=True))
        return holes | dict(zip("xyz", self.values, strict=True)) | {"field": self.field, "host": self.host}


def _domain(line: str) -> Domain:
    noun, things, people, values, host = (part.split() for part in line.split("/"))
    return Domain(noun[0], noun[1], tuple(things), tuple(people), values[0], tuple(values[1:]), host[0])


TRAIN = tuple(
    map(
        _domain,
        """
        recipe recipes / soup stew salad tart / ada ben cho / cuisine thai greek polish / kitchen.example
        book books / dune emma momo ulysses / ida jon kai / genre novel poetry essay / library.example
        photo photos / beach tower bridge harbour / lea max nia / album summer winter trips / pictures.example
        invoice invoices / march april may june / rut sam tom / status open paid late / billing.example
        song songs / aria brio coda duet / una vera wim / label indigo jade koral / radio.example
        pet pets / rex luna fido minka / gil hana ivo / breed corgi husky beagle / shelter.example
        course courses / logic optics rhetoric algebra / zed yan xio / term spring summer autumn / campus.example
        device devices / lamp router printer camera / kim lou mo / room lab hall roof / sensors.example
        film films / alba brisa cielo duna / oto pia max / studio orion pegaso quasar / cinema.example
        parcel parcels / north south west east / juri koch ito / carrier dhl ups post / depot.example
        trip trips / oslo rome lima kyiv / dora emil finn / season spring summer winter / travel.example
        ticket tickets / crash login export print / mia noah olga / state new open done / support.example
        """.strip().splitlines(),
    )
)

TEST = tuple(
    map(
        _domain,
        """
        plant plants / fern cactus ivy orchid / bea carl dina / soil sandy loamy peaty / garden.example
        vessel vessels / tern gull heron swan / fritz greta hugo / flag malta panama norway / harbour.example
        exhibit exhibits / vase mask coin scroll / ines jakob karla / era bronze iron modern / museum.example
        patient patients / p101 p102 p103 p104 / quinn rosa stefan / ward east west south / clinic.example
        match matches / derby final opener replay / tara udo vito / league first second youth / stadium.example
        lease leases / attic cellar studio garage / wanda xaver yara / city bern bonn brno / flats.example
        """.strip().splitlines(),
    )
)
