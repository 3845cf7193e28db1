"""A report.json as a page that can be mailed: report.html, which loads nothing else."""

from lookalike.evaluation.report.writing import write_html

__all__ = ["write_html"]
