"""Writes bmp.json: small BMPs of every kind and the colours that they hold, which Pillow confirms.

Usage: python make-bmp.py, with numpy and Pillow
"""
import base64
import io
import json
import pathlib
import struct

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 5, 3
random = np.random.default_rng(1)


def bmp(bits, compression, pixels, palette=b"", masks=b"", height=HEIGHT, size=40, colours=0, extra=b""):
    start = 14 + size + len(masks) + len(palette)
    info = struct.pack("<IiiHHIIiiII", size, WIDTH, height, 1, bits, compression, len(pixels), 2835, 2835, colours, 0)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + info + extra + masks + palette + pixels


def rows(lines):
    return b"".join(line + b"\0" * (-len(line) % 4) for line in lines)


palette = [tuple(map(int, colour)) for colour in random.integers(0, 256, (16, 3))]
stored_palette = b"".join(bytes([blue, green, red, 0]) for red, green, blue in palette)


def coloured(indices):
    return [value for row in indices for index in row for value in palette[index]]


bit = random.integers(0, 2, (HEIGHT, WIDTH))
nibble = random.integers(0, 16, (HEIGHT, WIDTH))
runs = np.array([[1, 1, 1, 2, 2], [3, 4, 5, 6, 6], [7, 7, 7, 7, 7]])
rgb = random.integers(0, 256, (HEIGHT, WIDTH, 3))
five = random.integers(0, 32, (HEIGHT, WIDTH, 3))
six = five.copy()
six[:, :, 1] = random.integers(0, 64, (HEIGHT, WIDTH))


def bits_of(row):
    return bytes([sum(int(value) << (7 - i) for i, value in enumerate(row))])


def nibbles_of(row):
    return bytes([(int(row[i]) << 4) | (int(row[i + 1]) if i + 1 < WIDTH else 0) for i in range(0, WIDTH, 2)])


def bgr(row, after=b""):
    return b"".join(bytes([int(blue), int(green), int(red)]) + after for red, green, blue in row)


def words(row, red, green):
    return b"".join(struct.pack("<H", (int(r) << red) | (int(g) << green) | int(b)) for r, g, b in row)


def flat(values):
    return [int(value) for value in values.reshape(-1)]


def widened(values, green):
    return [round(int(value) * 255 / (green if i % 3 == 1 else 31)) for i, value in enumerate(values.reshape(-1))]


rle8 = bytes([5, 7, 0, 0, 0, 3, 3, 4, 5, 0, 2, 6, 0, 0, 3, 1, 2, 2, 0, 1])
rle4 = bytes([5, 0x77, 0, 0, 0, 3, 0x34, 0x50, 2, 0x66, 0, 0, 3, 0x11, 2, 0x22, 0, 1])
channel_masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
version5 = channel_masks + b"BGRs" + bytes(48) + struct.pack("<IIII", 4, 0, 0, 0)
core = rows([bgr(row) for row in rgb[::-1]])
plain = bmp(24, 0, core)
gap = bytearray(plain)
gap[10] += 8

files = {
    "1 bit": (bmp(1, 0, rows([bits_of(row) for row in bit[::-1]]), stored_palette[:8]), coloured(bit)),
    "4 bits": (bmp(4, 0, rows([nibbles_of(row) for row in nibble[::-1]]), stored_palette), coloured(nibble)),
    "8 bits": (bmp(8, 0, rows([bytes(map(int, row)) for row in nibble[::-1]]), stored_palette, colours=16), coloured(nibble)),
    "8 bits, top down": (
        bmp(8, 0, rows([bytes(map(int, row)) for row in nibble]), stored_palette, colours=16, height=-HEIGHT),
        coloured(nibble),
    ),
    "RLE8": (bmp(8, 1, rle8, stored_palette, colours=16), coloured(runs)),
    "RLE4": (bmp(4, 2, rle4, stored_palette, colours=16), coloured(runs)),
    "24 bits": (plain, flat(rgb)),
    "24 bits, top down": (bmp(24, 0, rows([bgr(row) for row in rgb]), height=-HEIGHT), flat(rgb)),
    "32 bits": (bmp(32, 0, rows([bgr(row, b"\0") for row in rgb[::-1]])), flat(rgb)),
    "32 bits, version 5 header": (
        bmp(32, 3, rows([bgr(row, b"\x80") for row in rgb[::-1]]), size=124, extra=version5),
        flat(rgb),
    ),
    "16 bits": (bmp(16, 0, rows([words(row, 10, 5) for row in five[::-1]])), widened(five, 31)),
    "16 bits, 6 of them green": (
        bmp(16, 3, rows([words(row, 11, 5) for row in six[::-1]]), masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)),
        widened(six, 63),
    ),
    "header of OS/2": (
        b"BM" + struct.pack("<IHHI", 26 + len(core), 0, 0, 26) + struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 24) + core,
        flat(rgb),
    ),
    "gap before the pixels": (bytes(gap[:54]) + b"\xee" * 8 + bytes(gap[54:]), flat(rgb)),
}
entries = []
for name, (file, colours) in files.items():
    pillow = np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).reshape(-1)
    assert np.abs(pillow - np.array(colours)).max() <= 1, name
    encoded = base64.b64encode(file).decode()
    entries.append({"name": name, "file": encoded, "width": WIDTH, "height": HEIGHT, "rgb": colours})
lines = ",\n".join(f"  {json.dumps(entry)}" for entry in entries)
pathlib.Path(__file__).with_name("bmp.json").write_text(f"[\n{lines}\n]\n")
