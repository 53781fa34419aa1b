# The originals behind the tests of WebShop. `goldens` writes Tests/Fixtures/agents/webshop.json: what Anserini's jar
# (Lucene) makes of texts and searches, and thefuzz 0.19 with difflib of phrases. `walks` runs the original
# environments, official and ReAct's, over the 1,000 products of the data root, and writes what they answered, one
# episode a line, for WebShopReplayTests (XMODEL_WEBSHOP_WALKS names the folder).
# Development only; wants a JDK, the fat jar of the wheel pyserini 0.17.0 (anserini 0.14.3, Lucene 8.11.0), thefuzz; for
# `walks` also flask, rich, tqdm, beautifulsoup4, requests, a checkout of princeton-nlp/WebShop, ReAct's notebook.
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
    "1️⃣ 2⃣ a1️⃣b",
    "👍🏻 👍🏻👍 👍️🏻", "👩‍👩‍👧", "❤️‍🔥 ❤‍🔥 ❤️🔥", "☺️ a☺b", "🇩🇪🇫🇷 🇩 🇩🇪🇫", "👁️‍🗨️", "a‍b", "👩🏽‍🚀", "©️ ®a ™ ★",
    "don't 3,000.5 a.b a:b 1:2 a,b 1,b \"q\" l'amour’s dog’s DOGS'S o's 's s", "foo_bar _a_ __ a__1 _",
    "x" * 300 + " y",
    "é" * 256 + "🙂",
    "カナ_カナカ ー 東京タワーabc ﾊﾝ", "12oz 3.5-ounce 5'6 5’6 1;2 $4.99 50% a@b.co http://x.y/z?q=1", "ＡＢ１２",
    "İstanbul ẞ Σας ΟΔΟΣ", "\u00adso\u00adft a\u200bb a\u2060b \ufeffx",
    "ภาษาไทย ລາວ ខ្មែរ ဗမာ", "שלום ב\"ה ג'", "", " \t",
    "men's sulfate-free the and not caresses ponies ties cats feed agreed plastered motoring sing conflated troubling",
    "sized hopping tanned falling hissing fizzed failing filing happy sky syzygy say relational conditional rational",
    "valenci hesitanci digitizer conformabli radicalli differentli vileli analogousli vietnamization predication",
    "operator feudalism decisiveness hopefulness callousness formaliti sensitiviti sensibiliti archaeology triplicate",
    "formative formalize electriciti electrical hopeful goodness revival allowance inference airliner gyroscopic",
    "adjustable defensible irritant replacement adjustment dependent adoption homologou communism activate angulariti",
    "homologous effective bowdlerize probate rate cease controll roll yyyy yyying as is ion sion tion ied s ss sses",
]
WORDS = (
    "red blue cotton shirt shoes men's women's 12oz 3-pack waterproof running leather café lamp table wooden the with "
    "for of and usb-c 4k tv cable organic soap free sulfate-free natural oil skin care hair treatment "
    "bottle steel stainless"
).split()
RATIO_WORDS = (
    "pack of 12 xx-large X-Large blue Light grey cool powder snow tea tree essential oils natural ingredients café "
    "Größe 4-ounce (2-pack) 10.5 \"8\" 日本 foo_bar machine wash"
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


# --- The original environments


def stub(name, **members):
    """A module that the original imports and that is not needed here."""
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(members)


class Searcher:
    """Pyserini's searcher over recorded results."""

    hits = {}

    def __init__(self, *_):
        pass

    def search(self, query, k):
        return [types.SimpleNamespace(docid=key) for key in Searcher.hits[query][:k]]

    def doc(self, key):
        return types.SimpleNamespace(raw=lambda: json.dumps({"id": key}))


class Token:
    """Every word is a noun: the tagger is measured on its own."""

    pos_ = "NOUN"

    def __init__(self, text):
        self.text = text


def engine(options, folder):
    """The original's modules, with products, goals and prices drawn as this program draws them."""
    stub("cleantext")
    stub("rank_bm25", BM25Okapi=None)
    stub("pyserini")
    stub("pyserini.search")
    stub("pyserini.search.lucene", LuceneSearcher=Searcher)
    stub("gym", Env=object)
    stub("torch", zeros=None)
    stub("spacy", load=lambda _: lambda text: [Token(word) for word in text.split()])
    sys.path.insert(0, options.webshop)
    # The package itself registers environments with gym.
    stub("web_agent_site.envs", __path__=[f"{options.webshop}/web_agent_site/envs"])
    import web_agent_site.utils as paths

    data = pathlib.Path(options.data) / "agents/webshop"
    documents = [json.loads(line) for line in open(data / "documents_1000.jsonl", encoding="utf-8")]
    fields = "name full_description images product_category small_description customization_options asin category query"
    items = []
    for document in documents:
        item = {key: document["product"][key] for key in fields.split()}
        # The documents hold parsed prices.
        items.append({**item, "pricing": " to ".join(f"${price!r}" for price in document["product"]["pricing"])})
    (folder / "items.json").write_text(json.dumps(items))
    (folder / "human.json").write_text("{}")
    paths.HUMAN_ATTR_PATH = str(folder / "human.json")
    paths.DEFAULT_ATTR_PATH = str(data / "items_ins_v2_1000.json")
    import web_agent_site.app as site
    import web_agent_site.engine.engine as shop
    import web_agent_site.engine.goal as goals
    import web_agent_site.envs.web_agent_text_env as texts

    with contextlib.redirect_stdout(io.StringIO()):
        products, by_asin, _, _ = shop.load_products(str(folder / "items.json"), human_goals=False)
        prices, wanted = {}, []
        for product in products:
            random.seed(int(product["asin"], 36))
            price = shop.generate_product_prices([product])
            prices.update(price)
            wanted += goals.get_goals([product], price, False)
    random.seed(233)
    random.shuffle(wanted)
    return documents, products, by_asin, prices, wanted, texts, site


def record(file, steps, **episode):
    file.write(json.dumps({**episode, "steps": steps}) + "\n")
    return len(steps)


ODD = ["click[nothing]", "think[I see]", "search[]", "search", "click[search]", "buy now", "click[Buy Now", "x[y]",
       "[z]", "click[description]", "click[< Prev]", "click[Next >]", "click[a][b]"]


def official(file, draw, world, queries, count):
    _, products, by_asin, prices, goals, texts, _ = world
    server = texts.SimServer.__new__(texts.SimServer)
    server.__dict__.update(
        base_url="http://127.0.0.1:3000", all_products=products, product_item_dict=by_asin, product_prices=prices,
        search_engine=Searcher(), goals=goals, cum_weights=[0, 1], search_time=0, render_time=0,
        assigned_instruction_text=None)
    steps_count = 0
    for episode in range(count):
        mode, server.show_attrs, server.user_sessions = ["text", "text_rich"][episode % 2], episode % 5 == 4, {}
        goal = draw.randrange(len(goals))
        env = texts.WebAgentTextEnv.__new__(texts.WebAgentTextEnv)
        env.__dict__.update(
            observation_mode=mode, base_url=server.base_url, server=server, browser=texts.SimBrowser(server),
            session_prefix=None, prev_obs=[], prev_actions=[], num_prev_obs=0, num_prev_actions=0)
        text, _ = env.reset(session=goal)
        steps = [{"action": "reset", "text": text, "reward": 0, "done": False}]
        for _ in range(25):
            labels = [label for label in env.get_available_actions()["clickables"] if label != "search"]
            labels = [label for label in labels if label not in ("back to search", "buy now") or draw.random() < 0.2]
            chance = draw.random()
            if labels and chance < 0.72:
                label = draw.choice(labels)
                action = f"click[{label.upper() if draw.random() < 0.15 else label}]"
            elif chance < 0.9:
                product = draw.choice(products)
                commands = [f"<q> {product['query']}", f"<c> {product['category']}"]
                action = f"search[{draw.choice(commands if draw.random() < 0.2 else queries)}]"
            else:
                action = draw.choice(ODD)
            text, reward, done, _ = env.step(action)
            steps.append({"action": action, "text": text, "reward": reward, "done": done})
            if done:
                break
        steps_count += record(file, steps, goal=goal, mode=mode, attributes=server.show_attrs)
    return steps_count


def react(file, draw, world, queries, count, notebook):
    import requests

    _, products, by_asin, prices, goals, _, site = world
    site.__dict__.update(
        search_engine=Searcher(), all_products=products, product_item_dict=by_asin, product_prices=prices, goals=goals,
        weights=[1] * len(goals), print=lambda *_: None)
    logging.disable(logging.CRITICAL)
    client = site.app.test_client()

    def get(url):
        path = requests.Request("GET", url).prepare().path_url
        return types.SimpleNamespace(text=client.get(path, follow_redirects=True).get_data(as_text=True))

    cells = ["".join(cell["source"]) for cell in json.load(open(notebook))["cells"] if cell["cell_type"] == "code"]
    names = {"requests": types.SimpleNamespace(get=get)}
    exec(next(cell for cell in cells if "class webshopEnv" in cell).replace("import requests", ""), names)
    env, steps_count = names["env"], 0
    for _ in range(count):
        goal = draw.randrange(len(goals))
        session, action, result, steps = f"fixed_{goal}", "reset", None, []
        site.user_sessions.pop(session, None)
        for _ in range(25):
            try:
                result = env.step(session, action)
                # The site that ReAct ran on spelled its name in another way.
                text = re.sub("^\nWebShop ", "\nWebshop ", result[0])
            except AssertionError:
                text = "Invalid action!"
            text = "OK." if action.startswith("think") else text
            steps.append({"action": action, "text": text, "reward": result[1], "done": result[2]})
            if result[2]:
                break
            state = env.sessions[session]
            labels = {
                "search": state.get("asins", ["B0"]) + ["< Prev", "Back to Search"],
                "item": list(state.get("option_types", {})) * 2
                + ["Description", "Features", "Reviews", "< Prev", "Buy Now", "Back to Search"],
                "item_sub": ["< Prev", "< Prev", "Back to Search", "Buy Now"],
            }.get(state["page_type"])
            action = f"click[{draw.choice(labels)}]" if labels else f"search[{draw.choice(queries)}]"
            if draw.random() < 0.08:
                action = draw.choice(ODD + ["click[Buy Now]", "click[Attributes]", "search[a", "think: hm", ""])
        steps_count += record(file, steps, goal=goal)
    return steps_count


def walks(options):
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    draw = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        world = engine(options, pathlib.Path(folder))
        documents, products, goals = world[0], world[1], world[4]
        queries = [" ".join(draw.choice(products)["Title"].lower().split()[: draw.randint(1, 8)]) for _ in range(300)]
        queries += [goal["instruction_text"].lower() for goal in draw.sample(goals, 300)]
        queries = [query for query in queries if "]" not in query] + ["a"]
        results = searched(options.jar, [(document["id"], document["contents"]) for document in documents], queries)
        Searcher.hits = {query: [key for key, _ in hits] for query, hits in zip(queries, results)}
        # ReAct's environment drops the last character of an action without its bracket.
        Searcher.hits[""] = []
        with open(out / "official.jsonl", "w") as file:
            print("official:", official(file, draw, world, queries, options.episodes), "observations")
        with open(out / "react.jsonl", "w") as file:
            print("ReAct:", react(file, draw, world, queries, options.episodes, options.notebook), "observations")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["goldens", "walks"])
    parser.add_argument("--jar", required=True)
    parser.add_argument("--data")
    parser.add_argument("--webshop")
    parser.add_argument("--notebook")
    parser.add_argument("--out")
    parser.add_argument("--episodes", type=int, default=250)
    arguments = parser.parse_args()
    goldens(arguments) if arguments.what == "goldens" else walks(arguments)
