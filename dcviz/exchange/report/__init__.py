"""report: a run on paper, one HTML file without scripts that any browser shows and prints."""

from dcviz.exchange.report.page import report_html, write_report

__all__ = ["report_html", "write_report"]
