"""The bank of `readings`: tokens of sentences and how they are read aloud, from copying to rules for each kind."""

from __future__ import annotations

from benchmarks.imperfect.bank import Bank, Level

_TOKENS = """\
y = train["after"]
X = train[["before"]].astype(str)
X_test = test[["before"]].astype(str)
"""

_NEIGHBOURS = """\
y = train["after"]


def beside(table):
    ordered = table.sort_values(["sentence", "place"])
    tokens = ordered.groupby("sentence")["before"]
    found = pd.DataFrame({"before": ordered["before"], "left": tokens.shift(1), "right": tokens.shift(-1)})
    return found.fillna("").astype(str).loc[table.index]


X = beside(train)
X_test = beside(test)
"""

_HEAD = """\
import re


class Reader:
    def __init__(self, rules, contexts):
        self.rules = rules
        self.contexts = contexts

    def keys(self, row):
        token = row[0]
        if not self.contexts or len(row) < 3:
            return [(token,)]
        return [(token, row[1], row[2]), (token, "", row[2]), (token, row[1], ""), (token,)]

    def fit(self, X, y):
        counts = {}
        for row, reading in zip(X[list(X.columns)].to_numpy(), y):
            for key in self.keys(tuple(row)):
                known = counts.setdefault(key, {})
                known[reading] = known.get(reading, 0) + 1
        self.known = {key: max(found, key=found.get) for key, found in counts.items()}
        return self

    def predict(self, X):
        tokens = X["before"]
        rows = X.to_numpy()
        return np.array([self.read(token, tuple(row)) for token, row in zip(tokens, rows)], dtype=object)

    def read(self, token, row):
        for rule in self.rules:
            told = rule(token)
            if told is not None:
                return told
        return next((self.known[key] for key in self.keys(row) if key in self.known), token)

    def score(self, X, y):
        return float(np.mean(self.predict(X) == y.to_numpy()))


"""

_NUMBERS = """\
small = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
small += "seventeen eighteen nineteen".split()
tens = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()


def counted(n):
    if n < 20:
        return small[n]
    if n < 100:
        return tens[n // 10] + (" " + small[n % 10] if n % 10 else "")
    if n < 1000:
        return small[n // 100] + " hundred" + (" and " + counted(n % 100) if n % 100 else "")
    size, name = (1000000, "million") if n >= 1000000 else (1000, "thousand")
    rest = n % size
    joint = " and " if 0 < rest < 100 else " "
    return counted(n // size) + " " + name + (joint + counted(rest) if rest else "")


def number(token):
    if re.fullmatch(r"[1-9][0-9]{0,2}(,[0-9]{3})+|[1-9][0-9]*|0", token):
        return counted(int(token.replace(",", "")))
    return None


def measure(token):
    units = {"km": "kilometre", "kg": "kilogram", "cm": "centimetre", "mm": "millimetre", "g": "gram", "l": "litre"}
    units |= {"m": "metre", "ml": "millilitre", "h": "hour", "min": "minute"}
    found = re.fullmatch(r"([0-9]+)(?:\\.([0-9]+))? ?([a-z]+|%|°C)", token)
    if not found or (found[3] not in units and found[3] not in ("%", "°C")):
        return None
    value = counted(int(found[1]))
    if found[2]:
        value += " point " + " ".join("oh" if d == "0" else small[int(d)] for d in found[2])
    if found[3] == "%":
        return value + " per cent"
    if found[3] == "°C":
        return value + " degrees"
    return value + " " + units[found[3]] + ("" if found[1] == "1" and not found[2] else "s")


"""

_DATES = """\
months = "January February March April May June July August September October November December".split()


def ranked(n):
    words = counted(n).split(" ")
    odd = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"}
    odd |= {"nine": "ninth", "twelve": "twelfth"}
    last = words[-1]
    words[-1] = odd.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return " ".join(words)


def of_year(n):
    if 2000 <= n < 2010:
        return counted(n)
    rest = n % 100
    tail = "hundred" if rest == 0 else "oh " + small[rest] if rest < 10 else counted(rest)
    return counted(n // 100) + " " + tail


def date(token):
    found = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", token)
    if found:
        day, month, year = int(found[1]), months[int(found[2]) - 1], found[3]
    else:
        found = re.fullmatch(r"([0-9]{1,2}) ([A-Z][a-z]+)(?: ([0-9]{4}))?", token)
        if not found or found[2] not in months:
            return None
        day, month, year = int(found[1]), found[2], found[3]
    return "the " + ranked(day) + " of " + month + (" " + of_year(int(year)) if year else "")


def place(token):
    found = re.fullmatch(r"([0-9]+)(?:st|nd|rd|th)", token)
    return ranked(int(found[1])) if found else None


def dialled(token):
    digits = token.replace("-", "")
    if re.fullmatch(r"0[0-9]{6}", digits):
        return " ".join("oh" if d == "0" else small[int(d)] for d in digits)
    return None


def clock(token):
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", token)
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2])
    if minute == 0:
        return counted(hour) + (" o'clock" if hour < 13 else " hundred")
    if hour < 12 and minute in (15, 30, 45):
        start = {15: "quarter past ", 30: "half past ", 45: "quarter to "}[minute]
        return start + counted(hour + 1 if minute == 45 else hour)
    return counted(hour) + (" oh " if minute < 10 else " ") + counted(minute)


def money(token):
    found = re.fullmatch(r"([£€$])([0-9]+)\\.([0-9]{2})", token)
    if not found:
        return None
    name = {"£": "pound", "€": "euro", "$": "dollar"}[found[1]]
    whole, rest = int(found[2]), int(found[3])
    told = counted(whole) + " " + name + ("" if whole == 1 else "s")
    return told + (" " + counted(rest) if rest else "")


"""


def _reader(rules: str, contexts: bool, more: str = "") -> str:
    return f"{_HEAD}{more}model = Reader([{rules}], contexts={contexts})\n"


_MOST = "date, place, dialled, measure"
_ALL = f"{_MOST}, clock, money"

READINGS = Bank(
    task="readings",
    target="after",
    id="token_id",
    features={"tokens": _TOKENS, "tokens and neighbours": _NEIGHBOURS},
    models={
        "copying": _reader("lambda token: token", False),
        "memory": _reader("", False),
        "memory and numbers": _reader("number", False, _NUMBERS),
        "memory of neighbours": _reader("", True),
        "neighbours and numbers": _reader("number", True, _NUMBERS),
        "neighbours, numbers and measures": _reader("measure, number", True, _NUMBERS),
        "some rules": _reader(_MOST, True, _NUMBERS + _DATES),
        "rules": _reader(f"{_ALL}, lambda token: number(token) if ',' in token else None", True, _NUMBERS + _DATES),
    },
    levels=(
        Level("tokens", "copying"),
        Level("tokens", "memory"),
        Level("tokens and neighbours", "memory of neighbours"),
        Level("tokens", "memory and numbers"),
        Level("tokens and neighbours", "neighbours and numbers"),
        Level("tokens and neighbours", "neighbours, numbers and measures"),
        Level("tokens and neighbours", "some rules"),
        Level("tokens and neighbours", "rules"),
    ),
    predict="""\
readings = model.predict(X_test)
submission = pd.DataFrame({"token_id": test["token_id"], "after": readings})
submission.to_csv("./submission.csv", index=False)
print("submission written:", len(submission), "rows")
""",
)
