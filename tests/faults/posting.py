"""Faults 2, 9, 10, 11, 13 and 20: what browser and server send each other."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

from tests.faults.editor import HANDLER, Editor
from tests.faults.schema import document
from tests.faults.trial import Outcome, Trial, listed, photograph, picture

COUNT = 1_200
MB = 1_000_000


def lazy_handler(trial: Trial) -> Outcome:
    with trial.site.client() as client:
        status = client.get("/admin/pages/lazypage/add/").status_code
    if status != 200:
        return Outcome(False, f"The form answers {status}.")
    editor = trial.editor()
    editor.open("lazypage/add/")
    value = editor.upload("cover", picture())
    return Outcome(value in trial.site.files(), f"The form answers {status}, and takes a file.")


def large_data_url(trial: Trial) -> Outcome:
    editor = trial.editor()
    editor.add()
    editor.text_input("title").fill("Typed before")
    file = photograph(2.4)
    editor.upload("logo", file)
    size = f"A picture of {len(file['buffer']) / MB:.1f} MB"
    if editor.save():
        stored = trial.site.document(trial.site.last_page())
        is_whole = stored["logo"].startswith("data:image/jpeg;") and stored["title"] == "Typed before"
        return Outcome(is_whole, f"{size} is saved.")
    if not editor.page.locator("#id_body").count():
        return Outcome(False, f"{size}: instead of the form comes {_headline(editor)}.")
    errors = editor.page.locator(".errorlist").all_inner_texts()
    is_kept = editor.value("title") == "Typed before" and bool(errors)
    return Outcome(is_kept, f"{size} is refused with {listed(errors)}, and the form {'kept' if is_kept else 'lost'}.")


def large_documents(trial: Trial) -> Outcome:
    documents = {
        f"{COUNT:,} strings": document(lines=[f"line {number}" for number in range(COUNT)]),
        "5 MB of text": document(text="word " * MB),
    }
    bad, good, names = [], [], 0
    for what, before in documents.items():
        page = trial.site.add(before)
        editor = trial.editor()
        editor.change(page)
        editor.text_input("title").fill("Changed")
        names = max(names, sum(editor.page.locator(f"{region} [name]").count() for region in editor.regions))
        is_saved = editor.save() and trial.site.document(page) == {**before, "title": "Changed"}
        (good if is_saved else bad).append(what if is_saved else f"{what} ({_headline(editor)})")
    return Outcome(
        not bad and not names,
        f"Saved: {listed(good)}; not saved: {listed(bad)}; inputs of the form that have a name: {names}.",
    )


def _headline(editor: Editor) -> str:
    """What a person sees first."""
    return next(iter(editor.page.locator("body").inner_text().strip().splitlines()), "an empty page")


def readonly_cannot_be_changed(trial: Trial) -> Outcome:
    page = trial.site.add(document())
    editor = trial.editor()
    editor.change(page)
    code = editor.text_input("code")
    is_closed = not code.count() or not code.is_editable()
    forged = json.dumps(document(code="forged"))
    with trial.site.client() as client:
        path = f"/admin/pages/page/{page}/change/"
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(path).text)
        assert token
        form = {"csrfmiddlewaretoken": token[1], "name": "A page", "body": forged, "_save": "Save"}
        status = client.post(path, data=form).status_code
    stored = trial.site.document(page)["code"]
    server = "the server refuses it" if stored == "A-1" else f"a request that changes it is saved ({status})"
    return Outcome(is_closed and stored == "A-1", f"The form {'is closed' if is_closed else 'is open'}; {server}.")


def autocomplete_says_where(trial: Trial) -> Outcome:
    editor = trial.editor()
    editor.add()
    with editor.page.expect_request("**/countries/*") as asked:
        editor.suggest("country", "Aus")
    query = parse_qs(urlsplit(asked.value.url).query)
    sent = {name: query.get(name, [""])[0] for name in ("field_name", "model_name")}
    said = ", ".join(f"{name}={value}" for name, value in sent.items())
    return Outcome(sent == {"field_name": "body", "model_name": "Page"}, f"It asks with {said}.")


def bad_page_numbers(trial: Trial) -> Outcome:
    with trial.site.client() as client:
        statuses = {
            page: client.get(HANDLER, params={"field_name": "body", "model_name": "Page", "page": page}).status_code
            for page in ("0", "-1", "abc")
        }
    answers = ", ".join(f"page={page}: {status}" for page, status in statuses.items())
    return Outcome(set(statuses.values()) == {400}, f"{answers}.")
