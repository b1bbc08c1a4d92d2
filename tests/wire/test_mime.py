"""What a cell can show beside text: each MIME type as front ends expect it, with a text beside it."""

import base64
import struct
import zlib

import pytest

from wire.client import Kernel


def png(width: int, height: int) -> bytes:
    """A black picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes(width)) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PNG = png(6, 4)
# A JPEG file as far as its frame.
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc00011080004000603012200021101031101")


def array(data: bytes) -> str:
    return f"[{', '.join(f'{byte}_u8' for byte in data)}]"


CHART = {"title": "Time", "data": {"values": [{"a": 1}]}, "mark": "bar"}
RUST_CHART = 'r#"{"title": "Time", "data": {"values": [{"a": 1}]}, "mark": "bar"}"#'
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><title>a dot</title></svg>'

SHOWN = {
    'Markdown("**a**")': ("text/markdown", "**a**", "**a**"),
    r'Latex(r"\frac12")': ("text/latex", r"$\displaystyle \frac12$", r"\frac12"),
    'Html(format!("<b>{}</b>", 1 + 1))': ("text/html", "<b>2</b>", "2"),
    f'Svg(r##"{SVG}"##)': ("image/svg+xml", SVG, "SVG picture: a dot"),
    'Json(r#"{"a": [1, null]}"#)': ("application/json", {"a": [1, None]}, '{"a": [1, null]}'),
    f"VegaLite({RUST_CHART})": ("application/vnd.vegalite.v5+json", CHART, "Vega-Lite chart: Time"),
    f"Png({array(PNG)})": ("image/png", base64.b64encode(PNG).decode(), "PNG picture, 6×4"),
    f"Jpeg(vec!{array(JPEG)})": ("image/jpeg", base64.b64encode(JPEG).decode(), "JPEG picture, 6×4"),
}


@pytest.mark.parametrize("value", SHOWN, ids=lambda value: value.split("(")[0])
def test_each_type_has_its_form_and_a_text(kernel: Kernel, value: str):
    mime, form, text = SHOWN[value]
    last = kernel.run(f"notebook::{value}")
    displayed = kernel.run(f"notebook::display(&notebook::{value})")
    for cell in (last, displayed):
        assert cell.status == "ok", cell.report
        (shown,) = cell.of_type("display_data", "execute_result")
        assert shown["data"] == {mime: form, "text/plain": text}
        assert shown["metadata"] == {}


def test_a_bundle_has_many_forms_and_a_width(kernel: Kernel):
    cell = kernel.run(
        f'notebook::MimeBundle::text("one").with_html("<i>one</i>").with_markdown("*one*").with_png(&{array(PNG)})'
        ".with_width(3)"
    )
    (shown,) = cell.of_type("display_data")
    assert shown["data"].keys() == {"text/plain", "text/html", "text/markdown", "image/png"}
    assert shown["metadata"] == {"image/png": {"width": 3}}


@pytest.mark.parametrize(
    "value, text",
    [
        ('Png("text")', "no PNG picture: 4 bytes that begin with [74 65 78 74] have no size"),
        (f"Jpeg({array(PNG)})", f"no JPEG picture: {len(PNG)} bytes that begin with [89 50 4e 47] have no size; it is a PNG picture"),
        ('Json("{")', "{\nJSON is left out, for it is no JSON: EOF while parsing an object at line 1 column 1"),
    ],
)
def test_what_is_none_is_a_text_that_says_so(kernel: Kernel, value: str, text: str):
    (shown,) = kernel.run(f"notebook::{value}").of_type("display_data")
    assert shown["data"] == {"text/plain": text}


def test_json_between_the_markers_of_evcxr_is_json(kernel: Kernel):
    cell = kernel.run('println!("EVCXR_BEGIN_CONTENT application/vnd.x+json\\n{{\\"a\\": 1}}\\nEVCXR_END_CONTENT");')
    (shown,) = cell.of_type("display_data")
    assert shown["data"] == {"application/vnd.x+json": {"a": 1}}


def test_a_shown_value_can_be_kept(kernel: Kernel):
    assert kernel.run('let kept = notebook::Html("<u>k</u>");').status == "ok"
    (shown,) = kernel.run("kept").of_type("display_data")
    assert shown["data"]["text/html"] == "<u>k</u>"
