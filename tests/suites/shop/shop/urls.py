from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from .models import Image


@csrf_exempt
def add(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Image.objects.create(image=request.FILES["image"]).image.url)


urlpatterns = [path("add/", add), path("media/", include("safelight.django.urls"))]
