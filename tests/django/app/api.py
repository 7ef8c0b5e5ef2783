"""The models over HTTP, as a user of Django REST framework would write it."""

from rest_framework import routers, serializers, viewsets

from safelight.django.rest_framework import Base64FileField, Base64ImageField

from .models import Paper, Picture, Plain, Portrait


class PictureSerializer(serializers.ModelSerializer):
    class Meta:
        model = Picture
        fields = ("pk", "title", "image")


class PortraitSerializer(serializers.ModelSerializer):
    class Meta:
        model = Portrait
        fields = ("pk", "name", "image", "width", "height")
        read_only_fields = ("width", "height")


class PlainSerializer(serializers.ModelSerializer):
    document = Base64FileField(required=False)
    picture = Base64ImageField(required=False, allow_null=True)

    class Meta:
        model = Plain
        fields = ("pk", "document", "picture")


class PaperSerializer(serializers.ModelSerializer):
    class Meta:
        model = Paper
        fields = ("pk", "document", "attachment")


class PictureViewSet(viewsets.ModelViewSet):
    queryset = Picture.objects.order_by("pk")
    serializer_class = PictureSerializer


class PortraitViewSet(viewsets.ModelViewSet):
    queryset = Portrait.objects.order_by("pk")
    serializer_class = PortraitSerializer


class PlainViewSet(viewsets.ModelViewSet):
    queryset = Plain.objects.order_by("pk")
    serializer_class = PlainSerializer


class PaperViewSet(viewsets.ModelViewSet):
    queryset = Paper.objects.order_by("pk")
    serializer_class = PaperSerializer


router = routers.DefaultRouter()
router.register("pictures", PictureViewSet)
router.register("portraits", PortraitViewSet)
router.register("plain", PlainViewSet)
router.register("papers", PaperViewSet)
