"""The admin's answer to Safelight's script, which sends the form itself so that it can show how far it has got: where
to go, or what to mend, in place of a page that would forget the chosen file; and what of it need not be sent again."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from itertools import chain
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase, HttpResponseRedirectBase
from django.template.response import TemplateResponse
from django.utils.html import strip_tags
from django.utils.safestring import SafeData
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from ..bound import kept_in

HEADER, WANTED = "X-Safelight", "progress"
BUTTONS = frozenset({"_save", "_continue", "_addanother", "_saveasnew"})


def asked_for(request: HttpRequest) -> bool:
    return request.method == "POST" and request.headers.get(HEADER) == WANTED


def is_whole(request: HttpRequest) -> bool:
    """Whether the form came to its end: the script sends the pressed button last. Django takes a multipart body that
    was cut short, by Cancel or a broken line, for a form without the file, and would save the rest of it."""
    return not BUTTONS.isdisjoint(request.POST)


def cut_short() -> JsonResponse:
    sentence = gettext("The form did not arrive whole. Nothing was saved.")
    return JsonResponse({"code": "malformed", "detail": sentence}, status=400)


def translated(response: HttpResponseBase) -> HttpResponseBase:
    """200 with the address to go on to, or 422 with sentences for each field; what is neither stays as it is."""
    answer: JsonResponse
    if isinstance(response, HttpResponseRedirectBase):
        # Not a redirect: the script would follow it, and Django's message would be shown to nobody.
        answer = JsonResponse({"location": response.url})
    elif isinstance(response, TemplateResponse) and (context := response.context_data or {}).get("errors"):
        answer = JsonResponse(_mistakes(context), status=422)
    else:
        return response
    answer.cookies = response.cookies
    return answer


def forms(context: dict[str, Any]) -> Iterator[BaseForm]:
    """All forms of a change page, those of its inlines too."""
    yield context["adminform"].form
    for inline in context["inline_admin_formsets"]:
        yield from inline.formset.forms


def _mistakes(context: dict[str, Any]) -> dict[str, Any]:
    fields = dict(chain.from_iterable(map(_of_fields, forms(context))))
    general = list(_sentences(context["adminform"].form.non_field_errors()))
    for inline in context["inline_admin_formsets"]:
        name, names = capfirst(inline.opts.verbose_name), capfirst(inline.opts.verbose_name_plural)
        general += [f"{names}: {sentence}" for sentence in _sentences(inline.formset.non_form_errors())]
        for number, each in enumerate(inline.formset.forms, start=1):
            general += [f"{name} #{number}: {sentence}" for sentence in _sentences(each.non_field_errors())]
    count = len(context["errors"])
    note = ngettext("Please correct the error below.", "Please correct the errors below.", count)
    kept = {name: file.token for form in forms(context) for name, file in kept_in(form).items()}
    return {"note": note, "errors": fields, "general": general, "kept": kept}


def _of_fields(form: BaseForm) -> Iterator[tuple[str, list[str]]]:
    """By the name that each field has in the page."""
    for bound in form:
        if bound.errors:
            yield bound.html_name, list(_sentences(bound.errors))


def _sentences(errors: Any) -> Iterator[str]:
    for error in errors:
        # A project's own sentence may hold a link; the script shows text.
        yield unescape(strip_tags(str(error))) if isinstance(error, SafeData) else str(error)
