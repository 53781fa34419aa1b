# Renders awkward conversations through the chat templates of a folder, with transformers and with `xmodel tokenizer
# template`, and compares the texts byte for byte; where one refuses a conversation, the other must too, with the same
# message where the template itself refuses. Prints a line per template and the differences.
# Development only. Needs transformers and jinja2; run: python tools/oracles/check_templates.py FOLDER PROGRAM
# FOLDER holds .jinja files, PROGRAM is the built xmodel. Exit status 1 when anything differs.
# SPDX-License-Identifier: Apache-2.0

import argparse
import datetime
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys

os.environ["TZ"] = "UTC"
import jinja2.exceptions
import tokenizers
import transformers
from transformers.utils import chat_template_utils

NOW = datetime.datetime(2026, 2, 3, 4, 5, 6)
SYMBOLS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


chat_template_utils.datetime = Clock


def function(name, description, properties, required, **more):
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function",
            "function": {"name": name, "description": description, "parameters": parameters, **more}}


TOOLS = [
    function("get_weather", "The weather \"now\" at a place: 天气 <b>&'", {
        "city": {"type": "string", "description": "A city, e.g. Köln"},
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
        "days": {"type": "integer", "minimum": 1, "maximum": 7}}, ["city"]),
    function("search", "Look things up.\nTwo lines.", {
        "query": {"type": "string"},
        "filters": {"type": "object", "properties": {
            "language": {"type": ["string", "null"]}, "years": {"type": "array", "items": {"type": "integer"}}},
            "required": ["years"]},
        "tags": {"type": "array", "items": {"type": "string"}, "description": "labels"},
        "anything": {"anyOf": [{"type": "number"}, {"type": "boolean"}], "description": "either"}},
        ["query", "filters"], strict=True),
    function("stop", "Ends it.", {}, []),
]
RETURNS = [function("now", "The time.", {"zone": {"type": "string", "description": "zone", "nullable": True}}, [],
                    **{"return": {"type": "string", "description": "ISO 8601"}})]


def turn(role, content, **more):
    return {"role": role, "content": content, **more}


def call(name, arguments, number=0):
    return {"id": f"call{number:05d}", "type": "function", "function": {"name": name, "arguments": arguments}}


def bare(name, arguments):
    return {"name": name, "arguments": arguments}


ASK, ANSWER, AGAIN = turn("user", "What is 1+1?"), turn("assistant", "2"), turn("user", "And 2+2?")
SYSTEM = turn("system", "Be brief.")
AWKWARD = " \n你好，世界！ 👩‍🚀 é\r\n\tx <b>&amp;\"quoted\" 'single' \\n {{ not }} {% a %} tag\n\n"
CITY = {"city": "Köln", "days": 2, "unit": None}
DEEP = {"query": "a \"b\" \\ \n</s>", "filters": {"years": [1999, 2000], "language": None}, "tags": [], "x": 0.5,
        "flag": True}
THOUGHT = "<think>\nOne and one.\n</think>\n\n2"

CONVERSATIONS = {
    "user": [ASK],
    "system": [SYSTEM, ASK],
    "turns": [ASK, ANSWER, AGAIN],
    "system and turns": [SYSTEM, ASK, ANSWER, AGAIN, turn("assistant", "4"), turn("user", "Thanks")],
    "ends with the assistant": [ASK, ANSWER],
    "awkward text": [turn("system", AWKWARD), turn("user", AWKWARD), turn("assistant", AWKWARD), turn("user", AWKWARD)],
    "chinese": [turn("system", "你是助手。"), turn("user", "写一首诗"), turn("assistant", "春眠不觉晓"), turn("user", "继续")],
    "empty texts": [turn("system", ""), turn("user", ""), turn("assistant", ""), turn("user", "")],
    "blank texts": [turn("system", " \n "), turn("user", "\n\n"), turn("assistant", "\t"), turn("user", " ")],
    "nothing": [],
    "only a system message": [SYSTEM],
    "two users": [ASK, AGAIN],
    "starts with the assistant": [ANSWER, ASK],
    "late system message": [ASK, ANSWER, SYSTEM, AGAIN],
    "two system messages": [SYSTEM, turn("system", "Be kind."), ASK],
    "developer": [turn("developer", "Be exact."), ASK],
    "unknown role": [ASK, turn("narrator", "Meanwhile"), AGAIN],
    "symbols in text": [turn("user", "<|im_end|>\n<|im_start|>system</s><s>[INST]<|eot_id|>"), ANSWER, AGAIN],
    "thoughts in text": [ASK, turn("assistant", THOUGHT), AGAIN],
    "thoughts in the last answer": [SYSTEM, ASK, turn("assistant", THOUGHT)],
    "thoughts apart": [ASK, turn("assistant", "2", reasoning_content="\nOne and one.\n"), AGAIN],
    "thoughts apart, last": [ASK, turn("assistant", "2", thinking="One and one.")],
    "switches in text": [turn("system", "Be brief. /no_think"), turn("user", "Hm? /think"), ANSWER,
                         turn("user", "x /no_think")],
    "parts": [turn("user", [{"type": "text", "text": "See "}, {"type": "text", "text": "this"}]), ANSWER,
              turn("user", [{"type": "text", "text": "and that"}])],
    "picture": [turn("user", [{"type": "image"}, {"type": "text", "text": "What is it?"}])],
    "no content": [ASK, {"role": "assistant"}, AGAIN],
    "null content": [ASK, turn("assistant", None), AGAIN],
    "one call": [turn("user", "Weather?"), turn("assistant", "", tool_calls=[call("get_weather", CITY)])],
    "call and answer": [SYSTEM, turn("user", "Weather?"),
                        turn("assistant", "", tool_calls=[call("get_weather", CITY)]),
                        turn("tool", "rain", tool_call_id="call00000", name="get_weather")],
    "call, answer and turns": [
        turn("user", "Weather?"), turn("assistant", "Let me see.", tool_calls=[call("get_weather", CITY)]),
        turn("tool", "{\"rain\": true, \"°C\": 3.5}", tool_call_id="call00000", name="get_weather"),
        turn("assistant", "It rains."), turn("user", "Thanks")],
    "two calls": [
        turn("user", "Both?"),
        turn("assistant", None, tool_calls=[call("get_weather", CITY, 1), call("search", DEEP, 2)]),
        turn("tool", "sun", tool_call_id="call00001", name="get_weather"),
        turn("tool", "[1, 2]", tool_call_id="call00002", name="search"), turn("assistant", "Sun; 1 and 2.")],
    "two rounds of calls": [
        turn("user", "Both?"), turn("assistant", "First", tool_calls=[call("stop", {})], reasoning_content="Think."),
        turn("tool", "ok", tool_call_id="call00000"), turn("assistant", "", tool_calls=[call("search", DEEP, 3)]),
        turn("tool", "", tool_call_id="call00003"), turn("assistant", "Done.", reasoning_content="Enough."),
        turn("user", "Good")],
    "arguments as text": [turn("user", "Weather?"),
                          turn("assistant", "", tool_calls=[call("get_weather", json.dumps(CITY))]),
                          turn("tool", "rain")],
    "call without wrapper": [turn("user", "Weather?"), turn("assistant", "", tool_calls=[bare("get_weather", CITY)]),
                             turn("tool", {"rain": True, "n": [1]})],
    "answer in parts": [turn("user", "Weather?"), turn("assistant", "", tool_calls=[call("get_weather", CITY)]),
                        turn("tool", [{"type": "text", "text": "rain"}])],
    "ipython": [turn("user", "Run"), turn("assistant", "<|python_tag|>print(1)"), turn("ipython", "1")],
    "empty calls": [ASK, turn("assistant", "2", tool_calls=[]), AGAIN],
}
DOCUMENTS = [{"doc_id": 1, "title": "Bridges", "text": "Bridges span \"rivers\".", "contents": "c"},
             {"doc_id": "b", "title": "河", "text": "长江\n", "contents": "d"}]
# What stands beside the conversation.
SETTINGS = {
    "": {},
    "prompt": {"add_generation_prompt": True},
    "tools": {"tools": TOOLS, "add_generation_prompt": True},
    "tools, no prompt": {"tools": TOOLS},
    "returns": {"tools": RETURNS, "add_generation_prompt": True},
    "no tools": {"tools": [], "add_generation_prompt": True},
    "thinking": {"add_generation_prompt": True, "enable_thinking": True, "thinking": True},
    "no thinking": {"add_generation_prompt": True, "enable_thinking": False, "thinking": False},
    "tools, no thinking": {"tools": TOOLS, "add_generation_prompt": True, "enable_thinking": False,
                           "reasoning_effort": "low"},
    "documents": {"documents": DOCUMENTS, "add_generation_prompt": True, "controls": {"length": "short"}},
    "options": {"tools": TOOLS, "add_generation_prompt": True, "tools_in_user_message": False, "custom_tools": TOOLS[:1],
                "builtin_tools": ["brave_search", "code_interpreter"], "date_string": "1 Jan 2020",
                "xml_tools": TOOLS[:1], "python_tools": TOOLS[1:], "model_identity": "You are X.",
                "datetime": "now", "functions": "f", "preserve_thinking": True, "clear_thinking": False, "keep_past_thinking": True},
}


def reference(source):
    """The texts, or errors, of all cases, as transformers gives them."""
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizers.Tokenizer(tokenizers.models.BPE()), **SYMBOLS)
    results = []
    for messages in CONVERSATIONS.values():
        for settings in SETTINGS.values():
            try:
                if messages:
                    text = tokenizer.apply_chat_template(messages, chat_template=source, tokenize=False, **settings)
                else:  # refused there before the template sees it
                    text = chat_template_utils.render_jinja_template(
                        conversations=[[]], chat_template=source, **SYMBOLS, **settings)[0][0]
                results.append({"text": text})
            except Exception as error:
                result = {"error": f"{type(error).__name__}: {error}"}
                if type(error) is jinja2.exceptions.TemplateError:
                    result["raised"] = str(error)
                results.append(result)
    return results


def ours(program, file):
    lines = []
    for messages in CONVERSATIONS.values():
        for settings in SETTINGS.values():
            lines.append(json.dumps({"messages": messages, "add_generation_prompt": False, **SYMBOLS, **settings}))
    done = subprocess.run(
        [program, "tokenizer", "template", "--chat-template", str(file), "--json",
         "--date", NOW.strftime("%Y-%m-%dT%H:%M:%S")],
        input="\n".join(lines) + "\n", capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        return [{"error": done.stderr.strip()}] * len(lines)
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("program")
    parser.add_argument("--show", type=int, default=2, help="differences shown for each template")
    parser.add_argument("--only", default="", help="names of templates that contain this")
    arguments = parser.parse_args()
    names = [(a, b) for a in CONVERSATIONS for b in SETTINGS]
    failures = 0
    for file in sorted(arguments.folder.rglob("*.jinja")):
        if arguments.only.lower() not in str(file).lower():
            continue
        source = file.read_text(encoding="utf-8")
        wanted, found = reference(source), ours(arguments.program, file)
        texts = sum("text" in result for result in wanted)
        shown = wrong = 0
        report = []
        for name, left, right in zip(names, wanted, found, strict=True):
            if "text" in left and left.get("text") == right.get("text"):
                continue
            if "text" not in left and "text" not in right:
                raised = re.fullmatch(r"the chat template rejects this conversation \(line \d+\): (.*)",
                                      right["error"], re.S)
                if left.get("raised") == (raised and raised[1]):
                    continue
            wrong += 1
            if shown < arguments.show:
                shown += 1
                report.append(f"  {' / '.join(name)}")
                if "text" in left and "text" in right:
                    report += ["    " + line for line in difflib.unified_diff(
                        left["text"].split("\n"), right["text"].split("\n"), "transformers", "ours", lineterm="", n=1)]
                else:
                    report += [f"    transformers {str(left)[:600]}", f"    ours {str(right)[:600]}"]
        failures += wrong > 0
        print(f"{file.relative_to(arguments.folder)}: {len(names) - wrong} of {len(names)} equal ({texts} texts)")
        print("\n".join(report), end="\n" if report else "", flush=True)
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
