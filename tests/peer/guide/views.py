"""The guide's views, with what it leaves to the reader filled in: refusals in words, and deletion for both triggers."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from .models import MediaModel


@login_required
def file_handler(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        file = request.FILES["file"]
        obj = MediaModel(file=file)
        try:
            obj.full_clean()
        except ValidationError as error:
            return JsonResponse({"error": " ".join(error.messages)}, status=400)
        obj.save()

        return JsonResponse({"value": obj.file.name})

    if request.method == "GET":
        page = int(request.GET.get("page", 1))

        files_per_page = 10

        start = (page - 1) * files_per_page
        end = start + files_per_page

        results = [
            {
                "value": obj.file.name,
                "thumbnail": obj.file.url,
                "metadata": {
                    "name": obj.file.name.split("/")[-1],
                    "date_created": obj.created_on.strftime("%d %b, %Y"),
                    "size": f"{obj.file.size / 1000} KB",
                },
            }
            for obj in MediaModel.objects.all()[start:end]
        ]

        return JsonResponse({"results": results})

    if request.method == "DELETE":
        file_names = request.GET.getlist("value")

        for obj in MediaModel.objects.filter(file__in=file_names):
            obj.file.delete(save=False)
            obj.delete()

        return HttpResponse(status=200)

    return HttpResponseNotAllowed(["GET", "POST", "DELETE"])


@login_required
def autocomplete_handler(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"results": [{"title": "Australia", "value": "AU"}, {"title": "Austria", "value": "AT"}]})
