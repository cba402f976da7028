from __future__ import annotations

import pytest

from tests.code.preflight.house import check, told

WRONG = {
    "y = train['SalesPrice']": (
        "train has no column 'SalesPrice', as input/train.csv has none; did you mean 'SalePrice'?"
    ),
    "x = train[['LotArea', 'GrLivAera']]": (
        "train has no column 'GrLivAera', as input/train.csv has none; did you mean 'GrLivArea'?"
    ),
    "y = test['SalePrice']": "test has no column 'SalePrice': it is the target, which input/test.csv does not have",
    "x = test[['Id', 'SalePrice']]": (
        "test has no column 'SalePrice': it is the target, which input/test.csv does not have"
    ),
    "print(train['lotarea'].mean())": (
        "train has no column 'lotarea', as input/train.csv has none; did you mean 'LotArea'?"
    ),
    "train['Age'] = 2010 - train['YearBuild']": (
        "train has no column 'YearBuild', as input/train.csv has none; did you mean 'YearBuilt'?"
    ),
    "for i in range(2):\n    print(i, train['Qqqq'])": "train has no column 'Qqqq', as input/train.csv has none",
    "def f():\n    return train['Streets']\nf()": (
        "train has no column 'Streets', as input/train.csv has none; did you mean 'Street'?"
    ),
    "sub = pd.read_csv('input/sample_submission.csv')\nsub['Ids']": (
        "sub has no column 'Ids', as input/sample_submission.csv has none; did you mean 'Id'?"
    ),
    "a, b = pd.read_csv('input/train.csv'), 1\na['Streeet']": (
        "a has no column 'Streeet', as input/train.csv has none; did you mean 'Street'?"
    ),
    "import numpy as np\noof = np.zeros(9)\noof[train.index] = 1\ntrain['Neighbourhood']": (
        "train has no column 'Neighbourhood', as input/train.csv has none; did you mean 'Neighborhood'?"
    ),
    "raw = pd.read_csv('input/train.csv', dtype=str, encoding='utf-8')\nraw['LotAreas']": (
        "raw has no column 'LotAreas', as input/train.csv has none; did you mean 'LotArea'?"
    ),
}


@pytest.mark.parametrize("body", WRONG)
def test_columns_that_no_file_has_and_nothing_adds_are_found(body: str) -> None:
    ((kind, line, message),) = told(body)
    assert (kind, message) == ("column", WRONG[body])
    assert repr(message.split("'")[1]) in body.splitlines()[line - 1]


@pytest.mark.parametrize(
    "body",
    [
        "train['Prce'] = 1\nprint(train['Prce'])",
        "train.insert(0, 'Prce', 1)\nprint(train['Prce'])",
        "train.loc[train.Id > 3, 'Prce'] = 1\nprint(train['Prce'])",
        "train['a'], train['b'] = 1, 2\nprint(train['a'], train['b'])",
        "train[['a', 'b']] = 1\nprint(train['a'], train['b'])",
        "train = train.assign(Prce=1)\nprint(train['Prce'])",
        "train = pd.get_dummies(train)\nprint(train['Street_Pave'])",
        "train.columns = ['c' + str(i) for i in range(9)]\nprint(train['c1'])",
        "train.rename(columns=str.lower, inplace=True)\nprint(train['lotarea'])",
        "for c in ('a', 'b'):\n    train[c + '_x'] = 1\nprint(train['a_x'])",
        "def add(f):\n    for c in ['a']:\n        f[f'{c}_x'] = 1\nadd(train)\nprint(train['a_x'])",
        "other = pd.read_csv('input/train.csv', names=['a', 'b'])\nprint(other['a'])",
        "other = pd.read_csv('input/train.csv', header=None)\nprint(other['0'])",
        "if 'Prce' in train.columns:\n    print(train['Prce'])",
        "try:\n    print(train['Prce'])\nexcept KeyError:\n    pass",
        "if len(train) > 4:\n    print(train['Prce'])",
        "def f(train):\n    return train['Prce']\nf(train.assign(**{'Prce': 1}))",
        "def unused():\n    return train['Prce']",
        "test['SalePrice'] = train['SalePrice'].mean()\nprint(test['SalePrice'])",
        "def add(f):\n    f['SalePrice'] = 1\nadd(test)\nprint(test['SalePrice'])",
        "target = 'SalePrice'\ntest[target] = 1\nprint(test['SalePrice'])",
        "test = test.merge(train)\nprint(test['SalePrice'])",
        "test.reset_index(inplace=True)\nprint(test['index'])",
    ],
)
def test_columns_that_may_come_from_anywhere_are_left_alone(body: str) -> None:
    assert told(body) == []


def test_an_index_column_is_no_reason_to_speak() -> None:
    code = (
        "import pandas as pd\nt = pd.read_csv('input/train.csv', index_col='Id')\nt['Nope'].to_csv('submission.csv')\n"
    )
    assert check(code) == []
