"""Faults 1, 6, 7, 8, 12 and 14: while a file is on its way."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator
from tests.faults.editor import HANDLER, Editor, json_of
from tests.faults.schema import document
from tests.faults.trial import HTML, Outcome, Trial, listed, photograph, picture, sentence

_WATCH = """window.fractions = [];
new MutationObserver(() => {
    for (const bar of document.querySelectorAll("progress, [role=progressbar]")) {
        const now = bar.position ?? bar.getAttribute("aria-valuenow") / (bar.getAttribute("aria-valuemax") ?? 100);
        window.fractions.push(now);
    }
}).observe(document, {subtree: true, childList: true, attributes: true})"""


def refusal_in_words(trial: Trial) -> Outcome:
    editor = trial.editor()
    editor.add()
    old = editor.upload("cover", picture())
    with editor.page.expect_request_finished(lambda request: request.method == "POST") as refused:
        editor.choose("cover", HTML)
    editor.wait_until_idle()
    answer = json_of(refused.value) or {}
    reason = str(answer.get("detail") or answer.get("error"))
    is_told = editor.wait_for(lambda: reason in editor.words(), 1_000)
    is_kept = editor.value("cover") == old
    told = f"The server's reason ({reason}) is {'shown' if is_told else 'not shown'}"
    return Outcome(is_told and is_kept, f"{told}; the old value is {'kept' if is_kept else 'gone'}.")


def moved_row_keeps_its_file(trial: Trial) -> Outcome:
    page = trial.site.add(document(gallery=[{"picture": "", "caption": "first"}, {"picture": "", "caption": "second"}]))
    editor = trial.editor()
    editor.change(page)
    with editor.uploads_held():
        editor.choose("gallery§0§picture", picture())
        editor.is_uploading().first.wait_for()
        editor.move_down("gallery§0")
        editor.wait_for(lambda: editor.value("gallery§1§caption") == "first")
    editor.wait_for(lambda: bool(editor.value("gallery§0§picture") or editor.value("gallery§1§picture")))
    rows = editor.value("gallery")
    owners = [row["caption"] for row in rows if row.get("picture")]
    captions = [row["caption"] for row in rows]
    where = f"the file is in the row {listed(owners)!r}"
    return Outcome(captions == ["second", "first"] and owners == ["first"], f"Sent for the row 'first', {where}.")


def saving_waits(trial: Trial) -> Outcome:
    editor = trial.editor()
    editor.add("Saved during an upload")
    with editor.page.expect_navigation(), editor.uploads_held():
        editor.choose("attachment", picture())
        editor.is_uploading().first.wait_for()
        editor.page.locator("[name=_save]").click(no_wait_after=True)
    if not editor.is_saved():
        return Outcome(False, "The page was neither saved nor was anything said.")
    has_file = bool(trial.site.document(trial.site.last_page()).get("attachment"))
    return Outcome(has_file, f"The page was saved {'with' if has_file else 'at once, without'} the file.")


def progress_abort_drop_paste(trial: Trial) -> Outcome:
    parts = {"progress": _has_progress, "abort": _can_abort, "drop": _takes_drop, "paste": _takes_paste}
    works = {}
    for name, part in parts.items():
        editor = trial.editor()
        editor.add()
        works[name] = part(editor)
    missing = [name for name, does in works.items() if not does]
    there = [name for name, does in works.items() if does]
    return Outcome(not missing, f"There: {listed(there)}; missing: {listed(missing)}.")


def _has_progress(editor: Editor) -> bool:
    editor.page.evaluate(_WATCH)
    editor.slow(1_000_000)
    editor.upload("cover", photograph(1.5))
    return any(0 < fraction < 1 for fraction in editor.page.evaluate("window.fractions"))


def _can_abort(editor: Editor) -> bool:
    with editor.uploads_held() as uploads:
        editor.choose("cover", picture())
        editor.is_uploading().first.wait_for()
        editor.cancel_upload()
        editor.wait_for(lambda: any(upload.failure for upload in uploads), 1_000)
    is_aborted = all(upload.failure for upload in uploads)
    return is_aborted and editor.value("cover") is None


def _takes_drop(editor: Editor) -> bool:
    file = editor.site.folder / "dropped.png"
    file.write_bytes(picture(2)["buffer"])
    editor.drop(editor.drop_target("cover"), file)
    return editor.wait_for(lambda: editor.value("cover") is not None, 5_000)


def _takes_paste(editor: Editor) -> bool:
    editor.paste(editor.drop_target("cover"), picture(3)["buffer"])
    return editor.wait_for(lambda: editor.value("cover") is not None, 5_000)


def ended_session_in_words(trial: Trial) -> Outcome:
    editor = trial.editor()
    editor.add()
    editor.chooser("cover")
    before = editor.words().splitlines()
    trial.site.end_sessions()
    with editor.page.expect_request(lambda request: request.method == "POST"):
        editor.choose("cover", picture())
    editor.wait_until_idle()

    def new_words() -> str:
        return " ".join(line for line in editor.words().splitlines() if line.strip() and line not in before)

    is_told = editor.wait_for(lambda: re.search(r"log(ged)? in|session", new_words(), re.IGNORECASE) is not None, 3_000)
    return Outcome(is_told, f"It says: “{new_words()}”.")


def cancelled_chooser_is_silent(trial: Trial) -> Outcome:
    return _silent(trial, Editor.cancel_chooser)


def emptied_chooser_is_silent(trial: Trial) -> Outcome:
    return _silent(trial, _empty)


def _silent(trial: Trial, cancel: Callable[[Editor, Locator], None]) -> Outcome:
    """After a choice, since only then has the browser's input anything to lose: with a `data-url`, a `fileinput`, a
    `file-url`."""
    troubles = []
    for place in ("logo", "attachment", "cover"):
        editor = trial.editor()
        editor.add()
        value = editor.upload(place, picture())
        sent: list[str] = []
        chooser = editor.chooser(place)
        editor.page.on("request", lambda request, sent=sent: sent.append(request.url))
        cancel(editor, chooser)
        editor.page.wait_for_timeout(500)
        troubles += [f"{place}: {trouble}" for trouble in (*editor.errors, *editor.said)]
        troubles += [f"{place}: a request was sent" for url in sent if HANDLER in url]
        troubles += [f"{place}: the value changed"] if editor.value(place) != value else []
    return Outcome(not troubles, sentence(troubles or ["nothing is said, sent or changed"]))


def _empty(editor: Editor, chooser: Locator) -> None:
    """A `change` without a file, where this browser says `cancel`."""
    with editor.page.expect_file_chooser() as opened:
        chooser.click()
    opened.value.set_files([])
