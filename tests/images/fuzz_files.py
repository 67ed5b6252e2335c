"""Valid files for `fuzz_reader.py` to break: one of each kind and flavour that this machine can write."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, features


def drawn(height: int = 40, width: int = 56) -> Image.Image:
    """A small image with smooth parts, edges and noise."""
    rng = np.random.default_rng(7)
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    pixels = np.stack([x, y, 255 - x], -1)
    pixels[8:20, 10:30] = (200, 30, 90)
    pixels[24:, 30:] += rng.normal(0, 40, pixels[24:, 30:].shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The image's file of one kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def valid_files() -> dict[str, bytes]:
    """A small valid file of each kind and flavour that this machine can write."""
    rgb = drawn()
    grey, alpha, palette, bits = rgb.convert("L"), rgb.convert("RGBA"), rgb.quantize(32), rgb.convert("1")
    alpha.putalpha(grey)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    real = Image.fromarray(np.asarray(grey).astype(np.float32) / 255)
    exif = Image.Exif()
    exif[274], exif[271] = 6, "maker"

    def two() -> dict[str, object]:  # a fresh image, for Pillow leaves settings of one encoder with it
        return {"save_all": True, "append_images": [rgb.transpose(Image.Transpose.ROTATE_180)]}

    files = {
        "jpeg": encoded(rgb, "JPEG"),
        "jpeg exif": encoded(rgb, "JPEG", exif=exif, quality=60),
        "jpeg progressive": encoded(rgb, "JPEG", progressive=True),
        "jpeg restarts": encoded(rgb, "JPEG", restart_marker_blocks=2, subsampling=0),
        "jpeg cmyk": encoded(rgb.convert("CMYK"), "JPEG"),
        "jpeg grey": encoded(grey, "JPEG", optimize=True),
        "mpo": encoded(rgb, "MPO", **two()),
        "png": encoded(rgb, "PNG", exif=exif),
        "png palette": encoded(palette, "PNG", transparency=3),
        "png 16 bit": encoded(deep, "PNG"),
        "png alpha": encoded(alpha, "PNG"),
        "png bits": encoded(bits, "PNG"),
        "apng": encoded(rgb, "PNG", **two()),
        "webp": encoded(rgb, "WEBP", exif=exif),
        "webp lossless": encoded(alpha, "WEBP", lossless=True),
        "webp moving": encoded(rgb, "WEBP", **two()),
        "bmp": encoded(rgb, "BMP"),
        "bmp palette": encoded(palette, "BMP"),
        "bmp bits": encoded(bits, "BMP"),
        "dib": encoded(grey, "DIB"),
        "gif": encoded(palette, "GIF", transparency=3),
        "gif moving": encoded(rgb, "GIF", **two()),
        "ppm": encoded(rgb, "PPM"),
        "ppm plain": b"P3 4 2 9\n" + b" ".join(b"%d" % (i % 10) for i in range(24)),
        "tiff": encoded(rgb, "TIFF", exif=exif),
        "tiff 16 bit": encoded(deep, "TIFF", compression="tiff_lzw"),
        "tiff float": encoded(real, "TIFF", compression="tiff_adobe_deflate"),
        "tiff jpeg": encoded(rgb, "TIFF", compression="jpeg"),
        "tiff fax": encoded(bits, "TIFF", compression="group4"),
        "tiff packed": encoded(palette, "TIFF", compression="packbits"),
        "tiff cmyk": encoded(rgb.convert("CMYK"), "TIFF", **two()),
        "tiff big": encoded(alpha, "TIFF", big_tiff=True),
    }
    if features.check("jpg_2000"):
        files["jp2"] = encoded(rgb, "JPEG2000")
        files["jp2 alpha"] = encoded(alpha, "JPEG2000", quality_layers=[20], irreversible=True)
    if "AVIF" in Image.SAVE and features.check("avif"):
        files["avif"] = encoded(alpha, "AVIF", exif=exif.tobytes())
    try:
        from pillow_heif import register_heif_opener

        register_heif_opener()
        files["heic"] = encoded(rgb, "HEIF", exif=exif.tobytes())
    except ImportError:
        pass
    return files
