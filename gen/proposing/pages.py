"""The text of a PDF's pages, by pypdf.

pdf_pages(Path("tides.pdf"))    ->  ["Tides rise twice a day ...", "..."]
"""

import logging
from pathlib import Path

from verifiers.errors import BadInput


def pdf_pages(path: Path) -> list[str]:
    """Each page's text, empty where it has none; raises BadInput for what cannot be read."""
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every flaw it mends
    try:
        with path.open("rb") as file:
            reader = PdfReader(file)
            if reader.is_encrypted and not reader.decrypt(""):
                raise BadInput(f"cannot read {path}: it is encrypted; save it without a password")
            return [page.extract_text().replace("\r\n", "\n") for page in reader.pages]
    except BadInput:
        raise
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}") from None
    except Exception as error:  # a broken file breaks it in many ways
        text = " ".join(str(error).split())[:150]
        raise BadInput(f"cannot read {path}: {type(error).__name__}: {text}") from None
