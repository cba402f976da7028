from __future__ import annotations

import pytest

from tests.code.preflight.house import check

NEVER = "./submission.csv is never written: end with `submission.to_csv('submission.csv', index=False)`"
HEAD = 'import pandas as pd\nsub = pd.read_csv("input/sample_submission.csv")\n'
WRONG = {
    "print(sub)": (0, NEVER),
    "print('submission.csv is written')": (0, NEVER),
    "'''Writes submission.csv'''": (0, NEVER),
    "text = sub.to_csv()": (0, NEVER),
    "sub.to_csv('/kaggle/working/submission.csv')": (
        3,
        "/kaggle/working/submission.csv is not looked at: write ./submission.csv",
    ),
    "sub.to_csv('./output/submission.csv', index=False)": (
        3,
        "./output/submission.csv is not looked at: write ./submission.csv",
    ),
    "with open('out/submission.csv', 'w') as f:\n    f.write('Id')": (
        3,
        "out/submission.csv is not looked at: write ./submission.csv",
    ),
    "from pathlib import Path\n(Path('out') / 'submission.csv').write_text('')": (
        4,
        "out/submission.csv is not looked at: write ./submission.csv",
    ),
    "import numpy as np\nnp.savetxt('input/submission.csv', [1])": (
        4,
        "input/submission.csv is not looked at: write ./submission.csv",
    ),
    "sub.to_csv('my_submission.csv')": (3, "my_submission.csv is not looked at: write ./submission.csv"),
    "import os\nOUT = 'result'\nsub.to_csv(os.path.join(OUT, 'submission.csv'))": (
        5,
        "result/submission.csv is not looked at: write ./submission.csv",
    ),
    "sub.to_csv('predictions.csv')": (0, NEVER),
    "sub.to_csv('submission_lgb.csv')\nprint('see submission.csv')": (
        3,
        "submission_lgb.csv is not looked at: write ./submission.csv",
    ),
}


@pytest.mark.parametrize("body", WRONG)
def test_a_submission_that_is_not_written_or_astray_is_found(body: str) -> None:
    (finding,) = check(HEAD + body)
    assert (finding.kind, finding.line, finding.message) == ("submission", *WRONG[body])


@pytest.mark.parametrize(
    "body",
    [
        "sub.to_csv('submission.csv')",
        "sub.to_csv('./submission.csv')",
        "sub.to_csv('./working/submission.csv')",
        "sub.to_csv(path_or_buf='submission.csv')",
        "OUT = './'\nsub.to_csv(OUT + 'submission.csv')",
        "import sys\nsub.to_csv(sys.argv[1])",
        "def save(frame, path):\n    frame.to_csv(path)\nsave(sub, 'submission.csv')",
        "for n in ('a', 'submission'):\n    sub.to_csv(n + '.csv')",
        "with open('submission.csv', mode='w') as f:\n    f.write('')",
        "from pathlib import Path\nwith Path('submission.csv').open('w') as f:\n    f.write('')",
        "from pathlib import Path\nPath('submission.csv').write_text(sub.to_csv())",
        "import shutil\nsub.to_csv('out.csv')\nshutil.move('out.csv', 'submission.csv')",
        "import os\nsub.to_csv('submission_1.csv')\nos.replace('submission_1.csv', 'submission.csv')",
        "import os\nos.chdir('working')\nsub.to_csv('submission.csv')",
        "import numpy as np\nnp.savetxt(fname='submission.csv', X=[1])",
        "CONFIG = {'out': 'submission.csv'}\nopen(CONFIG['out'], 'w')",
        "sub.to_csv(open('submission.csv', 'w'))",
    ],
)
def test_a_submission_that_may_be_written_is_left_alone(body: str) -> None:
    assert check(HEAD + body) == []
