"""Pictures as a camera writes them: they tell where and when they were taken, by whom and with what."""

import io

from PIL import ExifTags, Image

TAKEN = "2026:11:20 08:15:00"


def camera_exif(*, south_west: bool = False) -> bytes:
    """As Pillow writes it: the photo of a camera that knows where it is."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Pentacon", "Pentacon six"
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = "A. Person"
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {ExifTags.Base.DateTimeOriginal: TAKEN, ExifTags.Base.BodySerialNumber: "0815"}
    )
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "S" if south_west else "N",
            ExifTags.GPS.GPSLatitude: (48.0, 12.0, 59.76),
            ExifTags.GPS.GPSLongitudeRef: "W" if south_west else "E",
            ExifTags.GPS.GPSLongitude: (16.0, 23.0, 44.88),
        }
    )
    return exif.tobytes()


def pictures() -> dict[str, bytes]:
    found = {}
    for name in ("JPEG", "PNG", "WEBP", "AVIF"):
        file = io.BytesIO()
        Image.new("RGB", (64, 64)).save(file, name, exif=camera_exif())
        found[name] = file.getvalue()
    return found
