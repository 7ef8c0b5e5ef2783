from django.conf import settings
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from rest_framework import mixins, status, viewsets
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from safelight.errors import megabytes

from .models import Image
from .samples import SAMPLES
from .serializers import ImageSerializer
from .throttles import LoginThrottle, UploadThrottle


class ImageViewSet(
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    mixins.ListModelMixin,
    viewsets.GenericViewSet,
):
    """Pictures that were sent in: anybody may send one, staff review them."""

    queryset = Image.objects.all()
    serializer_class = ImageSerializer

    @action(methods=["post"], detail=False, url_path="create", permission_classes=[AllowAny])
    def create_image(self, request, format=None) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        image = serializer.save()
        answer = serializer.data
        if "receipt" in request.query_params:  # the page shows what became of the picture
            answer = {**answer, "receipt": image.image.receipt.as_json()}
        return Response(answer, status=status.HTTP_201_CREATED)

    def get_throttles(self) -> list:
        return [UploadThrottle()] if self.action == "create_image" else super().get_throttles()


class TokenView(ObtainAuthToken):
    throttle_classes = [LoginThrottle]


@ensure_csrf_cookie
def home(request):
    context = {"limit": megabytes(settings.MAX_BYTES), "max_bytes": settings.MAX_BYTES, "samples": SAMPLES}
    return render(request, "resolver/home.html", context)
