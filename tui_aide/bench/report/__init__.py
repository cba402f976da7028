"""A run's report as Markdown, HTML, CSV or JSON: the same bytes from the same journals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from tui_aide.bench.record import MakeGrade
    from tui_aide.bench.report.summary import Unfinished
    from tui_aide.bench.run_folder import RunFolder

Format = Literal["md", "html", "csv", "json"]
FORMATS: tuple[Format, ...] = get_args(Format)


def write(run: RunFolder, format: Format, unfinished: Unfinished = "leave", make_grade: MakeGrade | None = None) -> str:
    """Return the report of a run.

    Args:
        run: the run, finished or not.
        format: which one.
        unfinished: whether cells that are not finished are left out of all means, or count as they stand.
        make_grade: grades cells that were not graded yet; where left out, `grading.grade_cell` does, in this process.

    Raises:
        SessionError: this is no run, or damaged.
    """
    from tui_aide.bench.grading import grade_cell
    from tui_aide.bench.report.summary import summarise

    make_grade = make_grade or grade_cell
    if format == "csv":
        from tui_aide.bench.record import read_records
        from tui_aide.bench.report.table import table

        return table(read_records(run, make_grade, unfinished=unfinished == "count"), unfinished)
    summary = summarise(run, unfinished, make_grade)
    match format:
        case "md":
            from tui_aide.bench.report.markdown import markdown

            return markdown(summary)
        case "html":
            from tui_aide.bench.report.html import html

            return html(summary)
        case "json":
            from tui_aide.bench.report.figures import figures

            return figures(summary)
