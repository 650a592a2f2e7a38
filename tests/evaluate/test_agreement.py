"""Agreement beyond chance, against the values of published worked examples."""

from __future__ import annotations

import pytest

from codereal.evaluate.human.agreement import (
    Agreement,
    cohen_kappa,
    fleiss_kappa,
    interval,
    krippendorff_alpha,
    with_interval,
)

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", data C: 4 observers, 12 units, values missing.
ROWS_C = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
UNITS_C = [[int(row[at]) for row in ROWS_C if row[at] != "."] for at in range(12)]

# Fleiss (1971) by way of the example that most texts repeat: 10 subjects, 14 raters, 5 categories.
SUBJECTS = [
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
]  # fmt: skip
UNITS_F = [[category for category, count in enumerate(counts) for _ in range(count)] for counts in SUBJECTS]


def table(both: int, first: int, second: int, neither: int) -> list[tuple[str, str]]:
    """Two raters who say yes or no: how often both, only the first, only the second, neither says yes."""
    return [("y", "y")] * both + [("y", "n")] * first + [("n", "y")] * second + [("n", "n")] * neither


@pytest.mark.parametrize(
    ("units", "kappa"),
    [(table(20, 5, 10, 15), 0.4), (table(45, 15, 25, 15), 0.1304), (table(25, 35, 5, 35), 0.2593)],
)
def test_cohen(units: list[tuple[str, str]], kappa: float) -> None:
    assert cohen_kappa(units) == pytest.approx(kappa, abs=5e-5)


def test_fleiss() -> None:
    assert fleiss_kappa(UNITS_F) == pytest.approx(0.210, abs=5e-4)
    with pytest.raises(ValueError, match="as many ratings of every unit"):
        fleiss_kappa([["a", "b"], ["a"]])


def test_krippendorff_with_missing_values() -> None:
    assert krippendorff_alpha(UNITS_C) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(UNITS_C, interval) == pytest.approx(0.849, abs=5e-4)
    # Data A of the same text: two observers, two values, nothing missing.
    first, second = "0100000010", "1110010000"
    assert krippendorff_alpha(list(zip(first, second, strict=True))) == pytest.approx(0.095, abs=5e-4)


def test_a_unit_that_one_rater_saw_says_nothing() -> None:
    assert krippendorff_alpha([*UNITS_C, [9], [1], []]) == krippendorff_alpha(UNITS_C)


def test_what_chance_explains_entirely_is_undefined() -> None:
    same = [("a", "a")] * 5
    assert cohen_kappa(same) is None
    assert krippendorff_alpha(same) is None
    assert fleiss_kappa(same) is None
    assert cohen_kappa([]) is None
    assert with_interval(same, cohen_kappa) == Agreement(None, None, None, 5)
    assert str(with_interval(same, cohen_kappa)) == "undefined (5 units)"


def test_perfect_and_chance() -> None:
    assert cohen_kappa([("a", "a"), ("b", "b")]) == 1
    assert krippendorff_alpha([("a", "a"), ("b", "b")]) == 1
    assert cohen_kappa(table(25, 25, 25, 25)) == 0


def test_the_interval_holds_the_value_and_narrows() -> None:
    few, many = table(20, 5, 10, 15), table(20, 5, 10, 15) * 8
    wide, narrow = with_interval(few, cohen_kappa), with_interval(many, cohen_kappa)
    for found in (wide, narrow):
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.value < found.high
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)  # type: ignore[operator]
    # The large-sample standard error of this table's kappa is 0.13 (Fleiss, Cohen & Everitt 1969).
    assert wide.high - wide.low == pytest.approx(4 * 0.13, abs=0.1)  # type: ignore[operator]
    assert with_interval(few, cohen_kappa) == wide
