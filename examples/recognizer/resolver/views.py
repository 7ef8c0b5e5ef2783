from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from safelight.django.forms import chooser_types
from safelight.django.rest_framework import Idempotent
from safelight.formats import names
from safelight.words import megabytes

from .models import Image
from .policies import SCANS
from .samples import SAMPLES
from .serializers import ImageSerializer
from .throttles import LoginThrottle, UploadThrottle


@extend_schema_view(
    list=extend_schema(summary="List pictures, newest first"),
    retrieve=extend_schema(summary="Show a picture"),
    update=extend_schema(summary="Replace a picture"),
    partial_update=extend_schema(summary="Replace a picture, or leave it"),
    destroy=extend_schema(summary="Delete a picture"),
)
class ImageViewSet(
    Idempotent,  # a phone that got no answer sends its picture once more, and it is stored once
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    mixins.ListModelMixin,
    viewsets.GenericViewSet,
):
    """Pictures that were sent in: anybody may send one, staff review them."""

    queryset = Image.objects.all()
    serializer_class = ImageSerializer

    @extend_schema(
        operation_id="images_create",
        summary="Send a picture",
        parameters=[OpenApiParameter("receipt", str, description="If there: the answer says what was taken out.")],
        responses={201: ImageSerializer},
    )
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


@extend_schema_view(post=extend_schema(summary="Exchange a password for a token"))
class TokenView(ObtainAuthToken):
    """The token goes into the header ``Authorization: Token ...`` of other requests."""

    authentication_classes = []  # an old token in the header is no reason to refuse a new one
    throttle_classes = [LoginThrottle]


@ensure_csrf_cookie
def home(request):
    context = {
        "accept": chooser_types(SCANS),
        "kinds": ", ".join(names(SCANS.types)),
        "limit": megabytes(SCANS.max_bytes),
        "max_bytes": SCANS.max_bytes,
        "samples": SAMPLES,
    }
    return render(request, "resolver/home.html", context)
