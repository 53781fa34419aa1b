# Writes Tests/Fixtures/readers: one small table in every form of Parquet that the reader knows, and in some that it
# must refuse; gzip and zstd files of several members. rows.jsonl holds the same rows for comparison.
# Development only: python tools/oracles/make_reader_fixtures.py   (made with pyarrow 26.0.1, zstandard 0.25)
# SPDX-License-Identifier: Apache-2.0

import gzip
import itertools
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

FOLDER = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/readers"
TEXTS = [
    "A first row.", "", None, "你好，世界", "tab\tquote\"comma,\nnew line\r\n", "😀 ok", "same", "same", "same", None,
    "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc" * 4, "same", "é" * 70, " ", "last but one",
    "x" * 61, "y" * 260, None, None, "last",
]


def table():
    count = len(TEXTS)
    return pa.table({
        "id": pa.array([i * 1000003 for i in range(count)], pa.int64()),
        "text": pa.array(TEXTS, pa.string()),
        "lang": pa.array(["de" if i % 3 else "en" for i in range(count)], pa.string()),
        "score": pa.array([i / 4 for i in range(count)], pa.float64()),
        "kept": pa.array([i % 2 == 0 for i in range(count)], pa.bool_()),
    })


def write(name, data, **options):
    pq.write_table(data, FOLDER / f"{name}.parquet", **options)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    data = table()
    rows = data.to_pylist()
    (FOLDER / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for version, codec, dictionary in itertools.product(("1.0", "2.0"), ("none", "snappy", "gzip", "zstd"), (0, 1)):
        write(f"v{version[0]}-{codec}-{'dictionary' if dictionary else 'plain'}", data, data_page_version=version,
              compression=codec, use_dictionary=bool(dictionary), row_group_size=8)
    # Many pages in a row group, with checksums.
    write("pages", data, compression="snappy", data_page_size=1, write_batch_size=3, write_page_checksum=True)
    write("pages-dictionary", data, compression="zstd", data_page_size=1, write_batch_size=3)
    # Types that Arrow writes as the same physical type.
    kinds = {"large": pa.large_string(), "binary": pa.binary(), "categories": pa.dictionary(pa.int32(), pa.string())}
    for name, kind in kinds.items():
        write(f"type-{name}", data.set_column(1, "text", data["text"].cast(kind)))
    filled = pa.array([text or "" for text in TEXTS], pa.string())
    required = pa.schema([pa.field("text", pa.string(), nullable=False)])
    write("required", pa.table([filled], schema=required))
    write("nulls", pa.table({"text": pa.array([None] * 5, pa.string())}))
    write("no-rows", data.slice(0, 0))
    # A struct's fields are columns; a list of structs is refused.
    write("nested", pa.table({
        "doc": pa.array([{"text": "inside", "n": 1}, None, {"text": None, "n": 2}, {"text": "again", "n": 3}]),
        "messages": pa.array([[{"role": "user", "content": "q"}], [], None, []]),
    }))
    write("refused-lz4", data, compression="lz4")
    write("refused-delta", data, use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY"})
    lines = [(json.dumps(row) + "\n").encode() for row in rows]
    members = [b"".join(lines[:7]), b"", b"".join(lines[7:])]
    # mtime 0: the same bytes on every run; the zeros are padding, which readers drop.
    (FOLDER / "rows.jsonl.gz").write_bytes(b"".join(gzip.compress(m, mtime=0) for m in members) + bytes(20))
    zstd = zstandard.ZstdCompressor(write_checksum=True)
    (FOLDER / "rows.jsonl.zst").write_bytes(b"".join(zstd.compress(m) for m in members))


main()
