"""A store told in tables and as one self-contained page of charts: `gen report`."""

from curation.reporting.page import write_page
from curation.reporting.tables import Section, report

__all__ = ["Section", "report", "write_page"]
