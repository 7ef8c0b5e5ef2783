"""The twenty faults of JSON forms with files in the Django admin, and the scenario of each."""

from __future__ import annotations

from tests.faults import keeping, posting, presenting, uploading
from tests.faults.trial import Fault

FAULTS = (
    Fault("1", "A refusal is shown in its own words, and the old value stays", uploading.refusal_in_words),
    Fault("2", "file_handler=reverse_lazy(…) works", posting.lazy_handler),
    Fault("3", "Several values are repeated parameters", keeping.values_are_repeated),
    Fault("4", "No orphan stays: replaced, rejected, abandoned, fileinput", keeping.no_orphans),
    Fault("5", "A file in use is not deleted, and no value dangles", keeping.used_file_stays),
    Fault("6", "A row that is moved during an upload keeps its file", uploading.moved_row_keeps_its_file),
    Fault("7", "Saving waits for uploads that run, or says so", uploading.saving_waits),
    Fault("8", "Uploads show progress, and can be aborted, dropped and pasted", uploading.progress_abort_drop_paste),
    Fault("9", "A data URL of 2.4 MB does not lose the form", posting.large_data_url),
    Fault("10", "1,200 strings and a document of 5 MB can be saved", posting.large_documents),
    Fault("11", "What is read-only cannot be changed, by a request neither", posting.readonly_cannot_be_changed),
    Fault("12", "A session that ended is said in words", uploading.ended_session_in_words),
    Fault("13", "An autocomplete sends its field and model", posting.autocomplete_says_where),
    Fault("14a", "Cancelling the file dialogue is silent", uploading.cancelled_chooser_is_silent),
    Fault(
        "14b",
        "Also in a browser that empties its input then, as Chromium long did",
        uploading.emptied_chooser_is_silent,
    ),
    Fault("15", "Who may only view sees a picture", presenting.viewer_sees_picture),
    Fault("16", "Enter and Space choose from the library, and the focus is never lost", presenting.tiles_by_keyboard),
    Fault("17", "axe finds nothing", presenting.axe_finds_nothing),
    Fault("18", "A strict Content-Security-Policy is no trouble", presenting.strict_policy, is_strict=True),
    Fault("19", "It speaks the admin's language", presenting.translated),
    Fault("20", "Bad page numbers are answered with 400", posting.bad_page_numbers),
)
