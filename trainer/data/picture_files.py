"""One picture file from outside: what it really is, whether it is sound, and how it looks upright in RGB."""

import io
import re
import warnings

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from trainer.data.picture_store import LONGEST_SIDE

MOST_PIXELS = 60_000_000
"""Of a picture as it comes in; larger ones would take hundreds of megabytes to open."""

MOST_BYTES = 50 * 1024 * 1024
"""Of one picture file."""

SMALLEST_SIDE = 8
"""Pixels. Nothing can be seen on less."""

ENDINGS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff")
"""Of the picture files that are read."""

OTHER_ENDINGS = (".svg", ".heic", ".heif", ".avif", ".psd", ".raw", ".cr2", ".nef", ".dng", ".ico", ".eps", ".ai")
"""Of picture files that are known but not read, so that the reason can be told."""

_READERS: tuple[type[ImageFile.ImageFile], ...] = (
    JpegImagePlugin.JpegImageFile,  # opens MPO as well, the JPEG of two pictures that some cameras write
    PngImagePlugin.PngImageFile,
    WebPImagePlugin.WebPImageFile,
    GifImagePlugin.GifImageFile,
    BmpImagePlugin.BmpImageFile,
    TiffImagePlugin.TiffImageFile,
)
_FORMATS = tuple(str(reader.format) for reader in _READERS)
_AS_JPEG = "Save it as JPEG or PNG."
_AGAIN = "Export or copy it again from where it comes from."
_DRAFT_SIDE = LONGEST_SIDE  # a JPEG decoder can skip detail that is made smaller anyway
_MARKUP = re.compile(rb"\s*<(\?xml|!doctype|html|svg|head|body|script)", re.IGNORECASE)
_OTHERS: tuple[tuple[bytes, int, str], ...] = (
    (b"%PDF", 0, "is a PDF document"),
    (b"PK\x03\x04", 0, "is a ZIP archive or an Office document"),
    (b"Rar!", 0, "is an archive (RAR)"),
    (b"7z\xbc\xaf", 0, "is an archive (7-Zip)"),
    (b"\x1f\x8b", 0, "is a compressed file (gzip)"),
    (b"8BPS", 0, "is a Photoshop document"),
    (b"\x00\x00\x01\x00", 0, "is an icon (ICO)"),
    (b"%!PS", 0, "is a PostScript drawing"),
    (b"\x80\x04", 0, "is a pickle, a file that could run programs. It was never opened"),
    (b"\x7fELF", 0, "is a program"),
    (b"MZ\x90", 0, "is a program"),
    (b"ftypheic", 4, "is a HEIC picture, as iPhones make them"),
    (b"ftypheix", 4, "is a HEIC picture, as iPhones make them"),
    (b"ftypmif1", 4, "is a HEIC picture, as iPhones make them"),
    (b"ftypavif", 4, "is an AVIF picture"),
    (b"ftyp", 4, "is a video"),
    (b"\x1aE\xdf\xa3", 0, "is a video"),
)


class PictureFault(Exception):  # noqa: N818 - it is a fault of the file, told to its owner
    """Why a picture cannot be used, to stand after its name: cause and remedy in whole sentences."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_picture_name(name: str) -> bool:
    """Whether a file's name says that it is a picture, one that is read or one that is known."""
    return name.strip().lower().endswith((*ENDINGS, *OTHER_ENDINGS))


def open_picture(content: bytes) -> Image.Image:
    """The picture of a file: its first frame, upright, sRGB, on white where it was transparent, without metadata.

    The content alone says what it is, whatever the name. Raises PictureFault.
    """
    if not content:
        raise PictureFault(f"is empty (0 bytes). {_AGAIN}")
    if len(content) > MOST_BYTES:
        raise PictureFault(f"has {len(content) / 2**20:,.0f} MB; at most {MOST_BYTES / 2**20:,.0f} MB fit. {_SMALLER}")
    _refuse_others(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        picture = _opened(content)
        _check_size(*picture.size)
        return _decoded(picture)


_SMALLER = "Make it smaller: 1,000 pixels on the longer side are plenty."


def _refuse_others(content: bytes) -> None:
    if _MARKUP.match(content[:1024].removeprefix(b"\xef\xbb\xbf")):
        if b"<svg" in content[:4096].lower():
            raise PictureFault(f"is a drawing (SVG), not a photo. {_AS_JPEG}")
        raise PictureFault(f"is a web page or XML, not a picture. Download the picture itself. {_AS_JPEG}")
    for magic, start, words in _OTHERS:
        if content[start : start + len(magic)] == magic:
            raise PictureFault(f"{words}, which Tailor does not read as a picture. {_AS_JPEG}")


def _opened(content: bytes) -> Image.Image:
    """With its header read and nothing decoded."""
    try:
        return Image.open(io.BytesIO(content), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureFault(f"has more than {MOST_PIXELS // 1_000_000} million pixels. {_SMALLER}") from error
    except (
        Exception
    ) as error:  # the readers of the formats raise whatever they meet: OSError, SyntaxError, struct.error
        words = "is a text, not a picture" if _is_text(content) else "is no picture, or a damaged one"
        raise PictureFault(f"{words}. {_AGAIN} {_AS_JPEG}") from error


def _is_text(content: bytes) -> bool:
    try:
        return content[:512].decode().isprintable() or (content[:512].decode().isascii() and b"\0" not in content[:512])
    except UnicodeDecodeError:
        return False


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise PictureFault(
            f"is {width:,} × {height:,} pixels; at most {MOST_PIXELS // 1_000_000} million pixels fit. {_SMALLER}"
        )
    if min(width, height) < SMALLEST_SIDE:
        raise PictureFault(
            f"is {width:,} × {height:,} pixels, too small to see anything: at least {SMALLEST_SIDE} on each side are "
            "needed. Replace it by a larger one."
        )


def _decoded(picture: Image.Image) -> Image.Image:
    try:
        picture.draft(None, (_DRAFT_SIDE, _DRAFT_SIDE))
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        return _as_rgb(upright)
    except MemoryError:
        raise
    except OSError as error:
        if "truncated" in str(error):
            raise PictureFault(f"is cut off: the end of the file is missing. {_AGAIN}") from error
        raise PictureFault(f"is damaged. {_AGAIN}") from error
    except Exception as error:  # see _opened
        raise PictureFault(f"is damaged. {_AGAIN}") from error


def _as_rgb(picture: Image.Image) -> Image.Image:
    """Pixels alone, with what a colour profile says of them: a copy has neither EXIF nor a profile nor comments."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = _as_8_bit(picture)
    if picture.has_transparency_data:
        with_alpha = picture.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        picture = Image.alpha_composite(white, with_alpha)
    plain = (_in_srgb(picture, profile) if profile else picture).convert("RGB")
    return Image.frombytes("RGB", plain.size, plain.tobytes())


_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""Colour spaces of profiles, and the modes of the pictures that they are for."""


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """The colours that a profile means, such as those of a phone (Display P3) or a printer (CMYK); as they stand where
    it is damaged or for another kind of picture, as programs without colour management show them."""
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _MODES.get(own.profile.xcolor_space.strip())
        if mode is None or (mode == "CMYK") != (picture.mode == "CMYK"):
            return picture
        if "sRGB" in ImageCms.getProfileDescription(own):
            return picture
        found = ImageCms.profileToProfile(picture.convert(mode), own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return picture
    return found or picture


def _as_8_bit(picture: Image.Image) -> Image.Image:
    """Grey values of 16 bits by their full range, others by the range that they use."""
    wide = picture.convert("F")
    low, high = (float(edge) for edge in wide.getextrema())  # type: ignore[arg-type]
    if picture.mode.startswith("I") and low >= 0 and 255 < high <= 65_535:
        low, high = 0.0, 65_535.0
    elif picture.mode.startswith("I") and low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    scale = 255 / (high - low) if high > low else 0.0
    return wide.point(lambda value: value * scale - low * scale).convert("L")
