"""Reading numbers, dates, times, money and measures aloud in English, with a speaker's own habits."""

from __future__ import annotations

from dataclasses import dataclass

from tui_aide.tasks.bundled.salt import Salt

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_UNITS = {
    "km": "kilometre", "kg": "kilogram", "cm": "centimetre", "mm": "millimetre", "g": "gram", "l": "litre",
    "m": "metre", "ml": "millilitre", "h": "hour", "min": "minute",
}  # fmt: skip
_MONEY = {"£": ("pound", "pence"), "€": ("euro", "cents"), "$": ("dollar", "cents")}


@dataclass(frozen=True)
class Reader:
    """A speaker.

    Attributes:
        conjunction: between hundreds and the rest, such as "and"; empty for none.
        nought: how a zero among digits is called.
        quarters: whether 7:45 is "quarter to eight" rather than "seven forty five".
        pence: whether £4.20 is "four pounds twenty pence" rather than "four pounds twenty".
        day_first: whether a date is "the third of May" rather than "May third".
    """

    conjunction: str = "and"
    nought: str = "oh"
    quarters: bool = True
    pence: bool = False
    day_first: bool = True

    @classmethod
    def salted(cls, salted: Salt) -> Reader:
        """Return the usual speaker, or salted another one."""
        return cls(
            conjunction=("and", "")[salted.choose(0, 2)],
            nought=("oh", "zero", "nought")[salted.choose(0, 3)],
            quarters=(True, False)[salted.choose(0, 2)],
            pence=(False, True)[salted.choose(0, 2)],
            day_first=(True, False)[salted.choose(0, 2)],
        )

    def cardinal(self, number: int) -> str:
        """Return a whole number below a thousand million in words."""
        if number < 20:
            return _ONES[number]
        if number < 100:
            return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
        for size, name in ((1_000_000, "million"), (1000, "thousand")):
            if number >= size:
                rest = number % size
                link = f" {self.conjunction}" if self.conjunction and 0 < rest < 100 else ""
                return f"{self.cardinal(number // size)} {name}" + (f"{link} {self.cardinal(rest)}" if rest else "")
        link = f" {self.conjunction}" if self.conjunction else ""
        return f"{_ONES[number // 100]} hundred" + (f"{link} {self.cardinal(number % 100)}" if number % 100 else "")

    def ordinal(self, number: int) -> str:
        """Return a rank in words, such as "twenty third"."""
        head, _, last = self.cardinal(number).rpartition(" ")
        last = _ORDINALS.get(last, f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
        return f"{head} {last}".strip()

    def digits(self, digits: str) -> str:
        """Return digits one by one."""
        return " ".join(self.nought if digit == "0" else _ONES[int(digit)] for digit in digits)

    def house(self, number: int) -> str:
        """Return a house's number: of three digits the first one alone, the others together."""
        if number < 100:
            return self.cardinal(number)
        rest = number % 100
        if rest < 10:
            return f"{_ONES[number // 100]} " + (f"{self.nought} {_ONES[rest]}" if rest else "hundred")
        return f"{_ONES[number // 100]} {self.cardinal(rest)}"

    def year(self, year: int) -> str:
        """Return a year, by its hundreds but for the years from 2000 to 2009."""
        if 2000 <= year < 2010:
            return self.cardinal(year)
        head, rest = divmod(year, 100)
        if not rest:
            return f"{self.cardinal(head)} hundred"
        return f"{self.cardinal(head)} " + (f"{self.nought} {_ONES[rest]}" if rest < 10 else self.cardinal(rest))

    def date(self, day: int, month: int, year: int) -> str:
        """Return a date; `month` counts from 0, and `year` 0 is none."""
        first = (
            f"the {self.ordinal(day)} of {MONTHS[month]}" if self.day_first else f"{MONTHS[month]} {self.ordinal(day)}"
        )
        return f"{first} {self.year(year)}" if year else first

    def clock(self, hour: int, minute: int) -> str:
        """Return a time of day."""
        name = self.cardinal(hour)
        if not minute:
            return f"{name} o'clock" if hour < 13 else f"{name} hundred"
        if self.quarters and hour < 12 and minute in (15, 30, 45):
            return {15: f"quarter past {name}", 30: f"half past {name}"}.get(minute, f"quarter to {_ONES[hour + 1]}")
        return f"{name} {self.nought} {_ONES[minute]}" if minute < 10 else f"{name} {self.cardinal(minute)}"

    def number(self, text: str) -> str:
        """Return a number that may have decimals."""
        whole, _, decimals = text.partition(".")
        return self.cardinal(int(whole)) + (f" point {self.digits(decimals)}" if decimals else "")

    def measure(self, text: str, unit: str) -> str:
        """Return a number with its unit."""
        if unit == "%":
            return f"{self.number(text)} per cent"
        if unit == "°C":
            return f"{self.number(text)} degrees"
        return f"{self.number(text)} {_UNITS[unit]}{'' if text == '1' else 's'}"

    def money(self, sign: str, amount: float) -> str:
        """Return an amount of money with two decimals."""
        whole, cents = divmod(round(100 * amount), 100)
        name, small = _MONEY[sign]
        if not whole:
            return f"{self.cardinal(cents)} {small}"
        first = f"{self.cardinal(whole)} {name}{'' if whole == 1 else 's'}"
        if not cents:
            return first
        return f"{first} {self.cardinal(cents)}" + (f" {small}" if self.pence else "")

    def fraction(self, top: int, bottom: int) -> str:
        """Return a fraction with halves, thirds or quarters."""
        name = {2: "half", 3: "third", 4: "quarter"}[bottom]
        return f"{_ONES[top]} {name}{'' if top == 1 else 's'}"
