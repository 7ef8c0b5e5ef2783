"""JPEG: what is kept, dropped and refused."""

import io
import struct

import pytest
from PIL import Image
from tests.pictures import (
    CANARY,
    EOI,
    SOI,
    TABLES,
    app,
    dht,
    dqt,
    exif_segment,
    icc_profile,
    icc_segments,
    jpeg,
    photo,
    pixels,
    sanitised,
    scan,
    segment,
    sof,
    tiff,
)

from safelight.errors import Corrupt, Refusal, TooComplex, TypeNotAllowed
from safelight.formats import inspect

JFIF = app(0, b"JFIF\0\x01\x02\x01\0\x48\0\x48\0\0")
ADOBE = app(14, b"Adobe\0\x64\0\0\0\0\x02")
PHOTOS = {
    "baseline": {"size": (37, 23)},
    "progressive": {"progressive": True},
    "4:4:4": {"subsampling": 0, "quality": 100},
    "4:2:2": {"subsampling": 1},
    "4:2:0, odd size": {"subsampling": 2, "size": (17, 33)},
    "optimised": {"optimize": True},
    "restart markers": {"restart_marker_blocks": 1, "size": (64, 64)},
    "progressive with restart markers": {"restart_marker_rows": 1, "progressive": True, "size": (64, 64)},
    "grey": {"mode": "L"},
    "grey progressive": {"mode": "L", "progressive": True},
    "CMYK": {"mode": "CMYK"},
    "with EXIF": {"exif": b"Exif\0\0" + tiff(6)},
    "with profile": {"icc_profile": icc_profile(100_000)},
    "with comment": {"comment": CANARY},
    "one pixel": {"size": (1, 1)},
}


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        inspect(data, {"image/jpeg"})
    return refusal.value


@pytest.mark.parametrize("options", PHOTOS.values(), ids=PHOTOS)
def test_a_photo_keeps_its_pixels_and_nothing_else_changes_the_second_time(options):
    data = photo(**options)
    stored, inspection = sanitised(data)
    assert pixels(stored) == pixels(data)
    assert (inspection.width, inspection.height) == pixels(data)[1]
    assert CANARY not in stored
    again, second = sanitised(stored)
    assert again == stored
    assert second.removed == ()
    assert (second.width, second.height, second.orientation) == (
        inspection.width,
        inspection.height,
        inspection.orientation,
    )


def test_a_plain_picture_is_kept_byte_for_byte():
    data = jpeg(JFIF, ADOBE, dqt(3), segment(0xDD, b"\0\4"))
    stored, inspection = sanitised(data)
    assert stored == data
    assert inspection.removed == ()
    assert (inspection.media_type, inspection.extension, inspection.frames) == ("image/jpeg", "jpg", 1)


@pytest.mark.parametrize(
    ("extra", "name"),
    [
        (segment(0xFE, CANARY), "comment"),
        (app(1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + CANARY), "XMP"),
        (app(13, b"Photoshop 3.0\x008BIM\x04\x04" + CANARY), "Photoshop and IPTC data"),
        (app(2, b"MPF\0" + CANARY), "index of further pictures"),
        (app(0, b"JFXX\0\x10" + CANARY), "JFIF thumbnail"),
        (app(2, b"FPXR\0" + CANARY), "application data (APP2)"),
        (app(11, b"JP\0\1" + CANARY), "application data (APP11)"),
        (app(14, b"Ducky\0" + CANARY), "application data (APP14)"),
        (app(1, b"Exif\0\0" + CANARY), "EXIF"),
        (app(2, b"ICC_PROFILE\0\1\1" + CANARY), "broken colour profile"),
        (segment(0xF0, CANARY), "segment F0"),
    ],
)
@pytest.mark.parametrize("where", ["at the beginning", "before the scan", "before the end"])
def test_what_is_not_the_picture_is_left_out(extra, name, where):
    data = {
        "at the beginning": jpeg(extra),
        "before the scan": jpeg(scans=extra + scan()),
        "before the end": jpeg(end=extra + EOI),
    }[where]
    stored, inspection = sanitised(data)
    assert stored == jpeg()
    assert [what for what, _ in inspection.removed] == [name]
    assert inspection.removed[0].size > len(CANARY)


@pytest.mark.parametrize(
    "tail",
    [b"<html>" + CANARY, b"PK\3\4" + CANARY, b"<?php echo 1;" + CANARY, photo(seed=2), EOI, b"\0"],
    ids=["HTML", "ZIP", "PHP", "a second picture", "a second end", "one byte"],
)
def test_nothing_behind_the_end_marker_is_kept(tail):
    stored, inspection = sanitised(jpeg() + tail)
    assert stored == jpeg()
    assert inspection.removed == (("data after the end", len(tail)),)


def test_the_second_picture_of_an_mpo_is_gone():
    file = io.BytesIO()
    first, second = Image.effect_noise((40, 40), 50), Image.effect_noise((40, 40), 50)
    first.save(file, "MPO", save_all=True, append_images=[second])
    stored, inspection = sanitised(file.getvalue())
    assert stored.count(SOI + b"\xff") == 1
    assert len(stored) < 0.6 * len(file.getvalue())
    assert pixels(stored)[2] == pixels(file.getvalue())[2]
    assert {"index of further pictures", "data after the end"} <= {what for what, _ in inspection.removed}


def test_a_jfif_thumbnail_is_cut_out_of_its_segment():
    thumbnail = b"\1\1" + b"rgb"
    stored, inspection = sanitised(jpeg(app(0, JFIF[4:16] + thumbnail)))
    assert stored == jpeg(JFIF)
    assert [what for what, _ in inspection.removed] == ["JFIF thumbnail"]


@pytest.mark.parametrize("double", [JFIF, ADOBE], ids=["JFIF", "Adobe"])
def test_a_second_header_of_a_kind_is_left_out(double):
    assert sanitised(jpeg(double, double))[0] == jpeg(double)


RGB = photo(keep_rgb=True)
"""Colours as they are; without Adobe's segment, decoders take them for YCbCr."""
PLAIN, YCBCR = app(14, b"Adobe\0\x64\0\0\0\0\0"), app(14, b"Adobe\0\x64\0\0\0\0\1")


def test_of_a_long_adobe_segment_its_twelve_bytes_are_left():
    long = app(14, PLAIN[4:] + CANARY)
    data = RGB.replace(PLAIN, long)
    stored, inspection = sanitised(data)
    assert stored == RGB
    assert pixels(stored) == pixels(data)
    assert inspection.removed == (("application data (APP14)", len(CANARY)),)


@pytest.mark.parametrize("first", [PLAIN, YCBCR, app(14, YCBCR[4:] + CANARY)])
def test_of_two_adobe_segments_the_one_that_decoders_go_by_is_left(first):
    data = RGB.replace(PLAIN, first + PLAIN)
    stored, inspection = sanitised(data)
    assert stored == RGB
    assert pixels(stored) == pixels(data)
    assert {what for what, _ in inspection.removed} == {"application data (APP14)"}


def test_an_adobe_segment_after_the_first_scan_is_left_out():
    assert sanitised(jpeg(PLAIN, end=YCBCR + EOI))[0] == jpeg(PLAIN)


@pytest.mark.parametrize("order", ["<", ">"], ids=["Intel", "Motorola"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_of_exif_only_the_orientation_is_left(orientation, order):
    data = jpeg(JFIF, exif_segment(tiff(orientation, order)))
    stored, inspection = sanitised(data)
    assert inspection.orientation == orientation
    assert inspection.displayed == (8, 8)
    assert CANARY not in stored
    assert b"GPS" not in stored
    with Image.open(io.BytesIO(stored)) as image:
        assert dict(image.getexif()) == ({0x0112: orientation} if orientation > 1 else {})
        assert not image.getexif().get_ifd(0x8825)


def test_only_the_first_exif_counts():
    stored, inspection = sanitised(jpeg(exif_segment(tiff(3)), exif_segment(tiff(6))))
    assert inspection.orientation == 3
    assert stored.count(b"Exif\0\0") == 1


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_a_whole_profile_is_kept(pieces):
    profile = icc_profile(1001)
    stored, inspection = sanitised(jpeg(*icc_segments(profile, pieces), segment(0xFE, CANARY)))
    assert stored == jpeg(*icc_segments(profile, pieces))
    assert not inspection.removed or inspection.removed[0].what == "comment"
    with Image.open(io.BytesIO(stored)) as image:
        assert image.info["icc_profile"] == profile


BROKEN_PROFILES = {
    "a piece missing": icc_segments(icc_profile(), 3)[:2],
    "pieces in the wrong order": icc_segments(icc_profile(), 3)[::-1],
    "a piece twice": icc_segments(icc_profile(), 2) * 2,
    "shorter than it says": icc_segments(icc_profile()[:-1]),
    "longer than it says": icc_segments(icc_profile() + b"p"),
    "not a profile": icc_segments(CANARY * 20),
    "one of two, though all is in it": [app(2, b"ICC_PROFILE\0\1\2" + icc_profile())],
    "numbered from 0": [app(2, b"ICC_PROFILE\0\0\1" + icc_profile())],
    "no number": [app(2, b"ICC_PROFILE\0")],
}


@pytest.mark.parametrize("segments", BROKEN_PROFILES.values(), ids=BROKEN_PROFILES)
def test_a_broken_profile_is_left_out(segments):
    stored, inspection = sanitised(jpeg(*segments))
    assert stored == jpeg()
    assert [what for what, _ in inspection.removed] == ["broken colour profile"]


def test_fill_bytes_before_markers_are_allowed_and_not_kept():
    fill = b"\xff" * 3
    data = SOI + fill + TABLES + fill + sof() + fill + scan() + fill + EOI
    assert sanitised(data)[0] == jpeg()


def test_stuffed_bytes_and_restart_markers_are_picture_data():
    entropy = b"\x3f\xff\0\x3f\xff\xd0\x3f\xff\xd7\x3f"
    assert sanitised(jpeg(scans=scan(entropy)))[0] == jpeg(scans=scan(entropy))


REFUSED = {
    "lossless": (jpeg(frame=sof(marker=0xC3)), TypeNotAllowed, "lossless"),
    "hierarchical": (jpeg(segment(0xDE, sof()[4:])), TypeNotAllowed, "hierarchical"),
    "differential": (jpeg(frame=sof(marker=0xC5)), TypeNotAllowed, "hierarchical"),
    "arithmetic": (jpeg(frame=sof(marker=0xC9)), TypeNotAllowed, "arithmetic"),
    "arithmetic conditioning": (jpeg(segment(0xCC, b"\0\0")), TypeNotAllowed, "arithmetic"),
    "12 bits": (jpeg(frame=sof(marker=0xC1, precision=12)), TypeNotAllowed, "12 bits"),
    "no width": (jpeg(frame=sof(0, 8)), Corrupt, "zero"),
    "no height": (jpeg(frame=sof(8, 0)), Corrupt, "zero"),
    "two components": (jpeg(frame=sof(components=2)), Corrupt, "frame header"),
    "a component twice": (jpeg(frame=sof(components=3).replace(b"\2\x11", b"\1\x11")), Corrupt, "twice"),
    "no sampling": (jpeg(frame=sof().replace(b"\1\x11", b"\1\x01")), Corrupt, "frame header"),
    "a frame header too short": (jpeg(frame=segment(0xC0, b"\x08\0")), Corrupt, "frame header"),
    "two frame headers": (jpeg(frame=sof() * 2), Corrupt, "two frame headers"),
    "no frame header": (jpeg(frame=b""), Corrupt, "before the frame header"),
    "no scan": (jpeg(scans=b""), Corrupt, "before all of the picture"),
    "a component without a scan": (jpeg(frame=sof(components=3)), Corrupt, "before all of the picture"),
    "a scan of an unknown component": (jpeg(scans=scan(components=(9,))), Corrupt, "not there"),
    "a scan header too short": (jpeg(scans=segment(0xDA, b"\1\1")), Corrupt, "scan header"),
    "a scan from high to low": (jpeg(frame=sof(marker=0xC2), scans=scan(spectrum=(5, 1))), Corrupt, "scan header"),
    "no quantisation table": (jpeg(tables=dht(0) + dht(1)), Corrupt, "not there"),
    "another quantisation table": (jpeg(tables=dqt(1) + dht(0) + dht(1)), Corrupt, "not there"),
    "no DC table": (jpeg(tables=dqt() + dht(1)), Corrupt, "Huffman table is missing"),
    "no AC table": (jpeg(tables=dqt() + dht(0)), Corrupt, "Huffman table is missing"),
    "another AC table": (jpeg(tables=dqt() + dht(0) + dht(1, 1)), Corrupt, "Huffman table is missing"),
    "a quantisation table too short": (jpeg(segment(0xDB, b"\0" + b"\1" * 63)), Corrupt, "quantisation"),
    "something behind a quantisation table": (jpeg(segment(0xDB, dqt()[4:] + CANARY)), Corrupt, "quantisation"),
    "a Huffman table too short": (jpeg(segment(0xC4, b"\0\5" + b"\0" * 16)), Corrupt, "Huffman"),
    "something behind a Huffman table": (jpeg(segment(0xC4, dht(0)[4:] + CANARY)), Corrupt, "Huffman"),
    "a restart interval with more": (jpeg(segment(0xDD, b"\0\0" + CANARY)), Corrupt, "restart"),
    "something between segments": (jpeg(CANARY), Corrupt, "not JPEG"),
    "a marker that is none": (jpeg(b"\xff\x01"), Corrupt, "marker"),
    "a picture in the picture": (jpeg(SOI), Corrupt, "marker"),
    "a segment shorter than its length": (jpeg(b"\xff\xe1\0\1"), Corrupt, "cut short"),
    "a scan of no components": (jpeg(scans=scan(components=())), Corrupt, "scan header"),
    "a header larger than its data": (jpeg(frame=sof(7000, 7000)), Corrupt, "too little data"),
    "a progressive header larger than its data": (
        jpeg(frame=sof(700, 700, marker=0xC2), scans=scan(spectrum=(0, 0))),
        Corrupt,
        "too little data",
    ),
    "a progressive picture without its DC scan": (
        jpeg(frame=sof(7000, 7000, marker=0xC2), scans=scan(spectrum=(1, 63))),
        Corrupt,
        "",
    ),
    "a baseline scan that skips the DC values": (
        jpeg(frame=sof(7000, 7000), scans=scan(spectrum=(1, 63))),
        Corrupt,
        "",
    ),
    "101 scans": (jpeg(scans=scan() * 101), TooComplex, "100 scans"),
    "17 tables for one scan": (jpeg(tables=TABLES + dqt() * 14), TooComplex, "16 tables"),
    "17 tables in one segment": (jpeg(tables=TABLES + segment(0xDB, dqt()[4:] * 14)), TooComplex, "16 tables"),
    "17 Huffman tables in one segment": (jpeg(segment(0xC4, dht(0)[4:] * 17)), TooComplex, "16 tables"),
    "17 tables that no scan uses": (jpeg(end=dht(1) * 17 + EOI), TooComplex, "16 tables"),
    "17 restart intervals": (jpeg(segment(0xDD, b"\0\4") * 17), TooComplex, "16 tables"),
    "5001 segments": (jpeg(segment(0xFE) * 5001), TooComplex, "5000 segments"),
}


@pytest.mark.parametrize(("data", "kind", "words"), REFUSED.values(), ids=REFUSED)
def test_refused(data, kind, words):
    refusal = refused(data)
    assert type(refusal) is kind
    assert words in refusal.detail


def test_all_tables_may_be_new_for_each_scan():
    tables = b"".join(dqt(number) + dht(0, number) + dht(1, number) for number in range(4))
    data = jpeg(scans=(tables + scan()) * 50)
    assert sanitised(data)[0] == data


def test_100_scans_are_still_accepted():
    assert sanitised(jpeg(scans=scan() * 100))[0] == jpeg(scans=scan() * 100)


def test_a_picture_with_just_enough_data_is_accepted():
    """Two bits for each block is what the flattest picture has."""
    data = jpeg(frame=sof(32, 32), scans=scan(b"\0\0\0\0"))
    assert sanitised(data)[0] == data
    assert type(refused(jpeg(frame=sof(32, 32), scans=scan(b"\0\0\0")))) is Corrupt


def test_a_baseline_scan_header_of_zeros_is_accepted():
    """Some old encoders write no spectrum (libjpeg, jdhuff.c); decoders take it for the whole."""
    data = jpeg(scans=scan(spectrum=(0, 0)))
    assert sanitised(data)[0] == data


def test_quantisation_tables_of_16_bits_are_accepted():
    """A quantisation table of 16-bit numbers (T.81 B.2.4.1) is twice as long."""
    wide = segment(0xDB, b"\x10" + struct.pack(">64H", *[1] * 64))
    data = jpeg(tables=wide + dht(0) + dht(1), frame=sof(marker=0xC1))
    assert sanitised(data)[0] == data
