"""Pushes an export to the Hugging Face Hub: the directory is laid out as the Hub wants it already.

push(Path("out/first"), "me/first", private=True)   ->   "https://huggingface.co/datasets/me/first"
"""

import sys
from pathlib import Path

from curation.errors import PushFailed


def push(out: Path, repo: str, *, private: bool = False) -> str:
    """Upload the export at `out` as the dataset `repo`, made where it is new; gives its address.

    All files appear in one commit, and data files of an earlier one go. Raises PushFailed, with
    nothing local changed.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    # The base of all errors of the HTTP client that this version of the Hub's library is built on.
    unanswered: type[Exception] = HfHubHTTPError.__bases__[0]
    if not sys.stderr.isatty():
        disable_progress_bars()
    api = HfApi(library_name="assay")
    try:
        made = api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        api.upload_folder(
            repo_id=made.repo_id,
            repo_type="dataset",
            folder_path=out,
            commit_message=f"Assay: {out.name}",
            delete_patterns=["data/*"],
        )
    except HFValidationError as error:
        raise PushFailed(out, repo, f"{_one_line(error)}; give it as OWNER/NAME") from error
    except LocalTokenNotFoundError as error:
        raise PushFailed(out, repo, "no token: run `hf auth login` or set HF_TOKEN") from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        raise PushFailed(out, repo, f"the Hub answered {status}: {_one_line(error)}") from error
    except (unanswered, OSError) as error:
        raise PushFailed(out, repo, f"the Hub cannot be reached: {_one_line(error)}") from error
    return str(made)


def _one_line(error: Exception) -> str:
    text = getattr(error, "server_message", None) or str(error)
    return " ".join(text.split())[:200] or type(error).__name__
