# Writes Tests/Fixtures/readers: one small table in every form of Parquet that the reader knows, and in some that it
# must refuse; gzip and zstd files of several members. rows.jsonl holds the same rows for comparison.
# Records of lists, structs, maps, numbers and dates lie beside the JSON that pyarrow reads from them.
# Development only: python tools/oracles/make_reader_fixtures.py
# (made with pyarrow 26.0.1, zstandard 0.25, duckdb 2.0.1, fastparquet 2026.9.0)
# SPDX-License-Identifier: Apache-2.0

import datetime
import decimal
import gzip
import itertools
import json
import pathlib

import duckdb
import fastparquet
import pandas as pd
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


def plain(value):
    """A value of pyarrow as JSON has it: maps as objects, dates and times in ISO 8601."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(pair, tuple) for pair in value):
            return {str(key): plain(inner) for key, inner in value}
        return [plain(inner) for inner in value]
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value.decode() if isinstance(value, bytes) else value


def expect(name):
    """Writes what pyarrow reads from a file beside it."""
    rows = pq.read_table(FOLDER / f"{name}.parquet").to_pylist()
    lines = ",\n".join(json.dumps(plain(row), ensure_ascii=False) for row in rows)
    (FOLDER / f"{name}.parquet.json").write_text(f"[\n{lines}\n]\n")


def records():
    """Nested and typed columns: null parents beside lists, empty lists, lists of lists."""
    turn = pa.struct([("role", pa.string()), ("content", pa.string())])
    part = pa.struct([("text", pa.string()), ("tags", pa.list_(pa.string())), ("n", pa.int64())])
    day = datetime.date
    return pa.table({
        "doc": pa.array([
            {"text": "one", "tags": ["a", None], "n": 1}, None, {"text": None, "tags": None, "n": -2},
            {"text": "four", "tags": [], "n": None}, {"text": "five", "tags": ["é好"], "n": 2**40}, None, None,
        ], part),
        "messages": pa.array([
            [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], [], None,
            [{"role": "user", "content": None}, None], [{"role": "system", "content": ""}], [], [None],
        ], pa.list_(turn)),
        "lists": pa.array([[["a"], [], None, ["b", None]], [], None, [[]], [None], [["c"]], [["d"], ["e"]]],
                          pa.list_(pa.list_(pa.string()))),
        "parts": pa.array([None, [[{"text": "x", "tags": ["t"], "n": 1}, None]], [[]], [], None, [None], [[None]]],
                          pa.list_(pa.list_(part))),
        "map": pa.array([[("k", "v"), ("l", None)], [], None, [("m", "")], None, [("n", "w")], []],
                        pa.map_(pa.string(), pa.string())),
        "numbers": pa.array([[1, None], [], None, [-3], [4], [5, 6, 7], [8]], pa.list_(pa.int16())),
        "half": pa.array([0.5, None, -2.25, 1.5, 3.75, 0.25, 8.5], pa.float32()),
        "flag": pa.array([True, None, False, True, True, False, None]),
        "unsigned": pa.array([0, 2**64 - 1, None, 1, 2, 3, 4], pa.uint64()),
        "date": pa.array([day(2024, 2, 29), None, day(1969, 12, 31), day(1600, 3, 1), day(1900, 2, 28), day(1, 1, 1),
                          day(9999, 12, 31)]),
        "time": pa.array([datetime.datetime(2024, 2, 29, 12, 1, 2, 30), None, datetime.datetime(1960, 1, 1)] + 4 * [None],
                         pa.timestamp("us")),
        "decimal": pa.array([decimal.Decimal(text) for text in "-12.34 0.05 -0.01 1234567.89 7.25 0.5 3.75".split()],
                            pa.decimal128(20, 2)),
    })


def write_records():
    data = records()
    for version in ("1.0", "2.0"):
        name = f"records-v{version[0]}"
        write(name, data, data_page_version=version, compression="snappy", row_group_size=4, data_page_size=1,
              write_batch_size=2)
        expect(name)
    count = 130
    words = ["", "a", "an", "ant", "anthem", "bé", "b"]
    data = pa.table({
        "int": pa.array([(i * 7919) ** 2 % 4_000_000_000 - 2**31 for i in range(count)], pa.int32()),
        "long": pa.array([None if i % 9 == 0 else (-1) ** i * 3**(i % 39) for i in range(count)], pa.int64()),
        "length": pa.array([None if i % 5 == 0 else words[i % 7] for i in range(count)]),
        "prefix": pa.array([f"prefix/{i // 10}/{words[i % 7]}" for i in range(count)]),
        "split": pa.array([None if i % 4 == 0 else i / 4 for i in range(count)]),
        "runs": pa.array([None if i % 11 == 0 else i % 50 < 25 for i in range(count)]),
        "fixed": pa.array([b"%05d" % i for i in range(count)], pa.binary(5)),
    })
    encodings = {
        "int": "DELTA_BINARY_PACKED", "long": "DELTA_BINARY_PACKED", "length": "DELTA_LENGTH_BYTE_ARRAY",
        "prefix": "DELTA_BYTE_ARRAY", "split": "BYTE_STREAM_SPLIT", "runs": "RLE", "fixed": "DELTA_BYTE_ARRAY",
    }
    for version in ("1.0", "2.0"):
        name = f"records-encodings-v{version[0]}"
        write(name, data, data_page_version=version, use_dictionary=False, column_encoding=encodings)
        expect(name)
    query = """select i::int id, case when i % 3 > 0 then 'text ' || i end as "text",
        [{'role': 'user', 'content': 'q' || i}] messages, map(['k' || i], [i]) "map", (i / 8)::decimal(12, 3) "decimal",
        i % 2 = 0 flag from range(9) r(i)"""
    target = FOLDER / "records-duckdb.parquet"
    duckdb.sql(f"copy ({query}) to '{target}' (format parquet, parquet_version 'V2')")
    expect("records-duckdb")
    frame = pd.DataFrame({"text": ["Once upon a time", None, "a king"], "number": [1, 2, 3], "flag": [True, False, True]})
    fastparquet.write(str(FOLDER / "records-fastparquet.parquet"), frame, object_encoding={"text": "utf8"})
    expect("records-fastparquet")


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
    # A struct's fields are columns; a list of structs is no text.
    write("nested", pa.table({
        "doc": pa.array([{"text": "inside", "n": 1}, None, {"text": None, "n": 2}, {"text": "again", "n": 3}]),
        "messages": pa.array([[{"role": "user", "content": "q"}], [], None, []]),
    }))
    write("refused-lz4", data, compression="lz4")
    write("type-delta", data, use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY"})
    write_records()
    lines = [(json.dumps(row) + "\n").encode() for row in rows]
    members = [b"".join(lines[:7]), b"", b"".join(lines[7:])]
    # mtime 0: the same bytes on every run; the zeros are padding, which readers drop.
    (FOLDER / "rows.jsonl.gz").write_bytes(b"".join(gzip.compress(m, mtime=0) for m in members) + bytes(20))
    zstd = zstandard.ZstdCompressor(write_checksum=True)
    (FOLDER / "rows.jsonl.zst").write_bytes(b"".join(zstd.compress(m) for m in members))


main()
