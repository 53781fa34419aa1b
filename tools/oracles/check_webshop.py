# The originals behind WebShop's tests. `goldens` writes Tests/Fixtures/agents/webshop.json from Anserini's jar (Lucene's
# analysis and scores) and thefuzz 0.19 without python-Levenshtein. `walks` runs the original environments over the
# 1,000 products of the data root, official and ReAct's, and writes what they answered, one episode a line, for
# WebShopReplayTests (XMODEL_WEBSHOP_WALKS names the folder).
# Development only; wants a JDK, the fat jar of the wheel pyserini 0.17.0 (anserini 0.14.3, Lucene 8.11.0), thefuzz;
# for `walks` also flask, beautifulsoup4, requests, spacy, tqdm, a checkout of princeton-nlp/WebShop and ReAct's notebook.
#   python tools/oracles/check_webshop.py goldens --jar JAR
#   python tools/oracles/check_webshop.py walks --jar JAR --data ROOT --webshop CHECKOUT --notebook FILE --out FOLDER
# SPDX-License-Identifier: Apache-2.0

import argparse
import contextlib
import io
import json
import logging
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import types

FIXTURE = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/agents/webshop.json"

JAVA = r"""
import java.io.*; import java.nio.charset.StandardCharsets; import java.nio.file.*; import java.util.*;
import org.apache.lucene.analysis.*; import org.apache.lucene.analysis.tokenattributes.*;
import org.apache.lucene.document.*; import org.apache.lucene.index.*; import org.apache.lucene.search.*;
import org.apache.lucene.search.similarities.*; import org.apache.lucene.store.*; import org.apache.lucene.util.*;
import io.anserini.analysis.*; import io.anserini.search.query.*;
public class Oracle {
  static String plain(String s) {
    StringBuilder b = new StringBuilder();
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c != '\\') { b.append(c); continue; }
      char d = s.charAt(++i);
      b.append(d == 'n' ? '\n' : d == 'r' ? '\r' : d == 't' ? '\t' : d);
    }
    return b.toString();
  }
  public static void main(String[] x) throws Exception {
    Analyzer a = DefaultEnglishAnalyzer.newDefaultInstance();
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    List<String> lines = Files.readAllLines(Paths.get(x[1]), StandardCharsets.UTF_8);
    if (x[0].equals("analyze")) {
      for (String line : lines) {
        TokenStream t = a.tokenStream(null, new StringReader(plain(line)));
        CharTermAttribute c = t.addAttribute(CharTermAttribute.class);
        StringJoiner j = new StringJoiner("\t");
        for (t.reset(); t.incrementToken();) j.add(c.toString());
        t.end(); t.close(); out.println(j);
      }
    } else {
      Directory d = FSDirectory.open(Paths.get(x[3]));
      IndexWriterConfig config = new IndexWriterConfig(a);
      config.setSimilarity(new BM25Similarity(0.9f, 0.4f));
      IndexWriter w = new IndexWriter(d, config);
      FieldType type = new FieldType(TextField.TYPE_NOT_STORED);
      type.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS);
      for (String line : lines) {
        String[] p = line.split("\t", 2);
        Document doc = new Document();
        doc.add(new StringField("id", p[0], Field.Store.YES));
        doc.add(new BinaryDocValuesField("id", new BytesRef(p[0])));
        doc.add(new Field("contents", plain(p[1]), type));
        w.addDocument(doc);
      }
      w.close();
      IndexSearcher s = new IndexSearcher(DirectoryReader.open(d));
      s.setSimilarity(new BM25Similarity(0.9f, 0.4f));
      Sort sort = new Sort(SortField.FIELD_SCORE, new SortField("id", SortField.Type.STRING_VAL));
      for (String q : Files.readAllLines(Paths.get(x[2]), StandardCharsets.UTF_8)) {
        TopFieldDocs t = s.search(new BagOfWordsQueryGenerator().buildQuery("contents", a, q), 50, sort, true);
        StringJoiner j = new StringJoiner(" ");
        for (ScoreDoc h : t.scoreDocs) j.add(s.doc(h.doc).get("id") + ":" + Float.floatToIntBits(h.score));
        out.println(j);
      }
    }
    out.flush();
  }
}
"""

PHRASES = [
    "1️⃣ 2⃣ a1️⃣b", "👍🏻 👍🏻👍 👍️🏻", "👩‍👩‍👧", "❤️‍🔥 ❤‍🔥 ❤️🔥", "☺️ a☺b", "🇩🇪🇫🇷 🇩 🇩🇪🇫", "👁️‍🗨️", "a‍b", "👩🏽‍🚀", "©️ ®a ™ ★",
    "don't 3,000.5 a.b a:b 1:2 a,b 1,b \"q\" l'amour’s dog’s DOGS'S o's 's s", "foo_bar _a_ __ a__1 _", "x" * 300 + " y",
    "é" * 256 + "🙂", "カナ_カナカ ー 東京タワーabc ﾊﾝ", "12oz 3.5-ounce 5'6 5’6 1;2 $4.99 50% a@b.co http://x.y/z?q=1", "ＡＢ１２",
    "İstanbul ẞ Σας ΟΔΟΣ", "\u00adso\u00adft a\u200bb a\u2060b \ufeffx", "ภาษาไทย ລາວ ខ្មែរ ဗမာ", "שלום ב\"ה ג'", "", " \t",
    "men's sulfate-free the and not caresses ponies ties cats feed agreed plastered motoring sing conflated troubling",
    "sized hopping tanned falling hissing fizzed failing filing happy sky syzygy say relational conditional rational",
    "valenci hesitanci digitizer conformabli radicalli differentli vileli analogousli vietnamization predication",
    "operator feudalism decisiveness hopefulness callousness formaliti sensitiviti sensibiliti archaeology triplicate",
    "formative formalize electriciti electrical hopeful goodness revival allowance inference airliner gyroscopic",
    "adjustable defensible irritant replacement adjustment dependent adoption homologou communism activate angulariti",
    "homologous effective bowdlerize probate rate cease controll roll yyyy yyying as is ion sion tion ied s ss sses",
]
WORDS = (
    "red blue cotton shirt shoes men's women's 12oz 3-pack waterproof running leather café lamp table wooden the with for "
    "of and usb-c 4k tv cable organic soap free sulfate-free natural oil skin care hair treatment bottle steel stainless"
).split()
RATIO_WORDS = (
    "pack of 12 xx-large X-Large blue Light grey cool powder snow tea tree essential oils natural ingredients café Größe "
    "4-ounce (2-pack) 10.5 \"8\" 日本 foo_bar machine wash"
).split()


def java(jar, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "Oracle.java"
        source.write_text(JAVA, "utf-8")
        subprocess.run(["javac", "-nowarn", "-cp", jar, "-d", folder, source], check=True, capture_output=True)
        done = subprocess.run(
            ["java", "-cp", f"{jar}:{folder}", "Oracle", *map(str, arguments)], check=True, capture_output=True)
        return done.stdout.decode("utf-8").split("\n")[:-1]


def escaped(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def analyzed(jar, texts):
    with tempfile.TemporaryDirectory() as folder:
        lines = pathlib.Path(folder) / "texts"
        lines.write_text("".join(escaped(text) + "\n" for text in texts), "utf-8")
        return [line.split("\t") if line else [] for line in java(jar, "analyze", lines)]


def searched(jar, documents, queries):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "documents").write_text("".join(f"{key}\t{escaped(text)}\n" for key, text in documents), "utf-8")
        (folder / "queries").write_text("".join(query + "\n" for query in queries), "utf-8")
        lines = java(jar, "search", folder / "documents", folder / "queries", folder / "index")
    return [[(key, int(bits)) for key, bits in (hit.split(":") for hit in line.split())] for line in lines]


def goldens(options):
    from thefuzz import fuzz

    draw = random.Random(1)
    documents = []
    for number in range(150):
        words = draw.choices(WORDS, k=draw.choice([0, 5, 12, 30, 45, 80, 160, 400]))
        # Equal texts tie; identifiers are not in the order of the file.
        text = documents[-1][1] if number % 7 == 3 else " ".join(words)
        documents.append((f"B{draw.randrange(10**9):09d}", text))
    queries = [" ".join(draw.choices(WORDS, k=draw.randint(1, 8))) for _ in range(40)]
    ratios = []
    for _ in range(150):
        first = draw.choices(RATIO_WORDS, k=draw.randint(0, 6))
        second = [word for word in first if draw.random() < 0.6] + draw.choices(RATIO_WORDS, k=draw.randint(0, 3))
        if draw.random() < 0.3:
            second = [word[:-1] for word in second]
        pair = (" ".join(first), " ".join(second))
        ratios.append([*pair, fuzz.token_set_ratio(*pair)])
    # Long enough for difflib's automatic junk.
    long = [" ".join(f"{word}{number}" for number in range(40)) for word in ("ab", "abc")]
    ratios.append([*long, fuzz.token_set_ratio(*long)])
    result = {
        "note": "Anserini 0.14.3 (Lucene 8.11.0) and thefuzz 0.19.0 with difflib; scores as the bits of a float32",
        "analysis": list(zip(PHRASES, analyzed(options.jar, PHRASES))),
        "documents": documents,
        "searches": list(zip(queries, searched(options.jar, documents, queries))),
        "ratios": ratios,
    }
    FIXTURE.write_text(json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{FIXTURE}: {len(PHRASES)} texts, {len(queries)} searches, {len(ratios)} ratios")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["goldens"])
    parser.add_argument("--jar", required=True)
    goldens(parser.parse_args())
