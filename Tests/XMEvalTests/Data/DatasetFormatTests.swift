// Rows of every published format, invented, as documents with the fields of Hugging Face in their order; and rows that
// are wrong.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMEval

@Suite struct DatasetFormatTests {
    private static func documents(
        _ format: DatasetFormat, _ files: [(name: String, text: String)], subset: String? = nil, split: String = "test"
    ) throws -> [String] {
        let folder = try TemporaryFolder()
        let urls = try files.map { try folder.file($0.name, $0.text) }
        return try format.documents(urls, subset: subset, split: split).map { JSONValue.object($0).text }
    }

    private static func document(
        _ format: DatasetFormat, _ text: String, name: String = "a.jsonl", subset: String? = nil, split: String = "test"
    ) throws -> String? {
        try documents(format, [(name, text)], subset: subset, split: split).first
    }

    @Test("questions of AI2")
    func choiceQuestions() throws {
        let row = """
            {"answerKey":"2","question":{"stem":"Is é?","choices":[{"text":"a","label":"1"},\
            {"label":"2","text":"b"}]},"id":"x"}
            """
        let choices = #""choices":{"text":["a","b"],"label":["1","2"]},"answerKey":"2"}"#
        #expect(try Self.document(.arc, row) == #"{"id":"x","question":"Is é?",\#(choices)"#)
        #expect(try Self.document(.openbookqa, row) == #"{"id":"x","question_stem":"Is é?",\#(choices)"#)
    }

    @Test("labels of BoolQ as booleans, texts and numbers", arguments: ["true", #""true""#, "1"])
    func boolq(label: String) throws {
        let row = #"{"label":\#(label),"question":"q","passage":"p","idx":7}"#
        #expect(try Self.document(.boolq, row) == #"{"question":"q","passage":"p","idx":7,"label":1}"#)
    }

    @Test("the label of HellaSwag becomes a text", arguments: ["1", #""1""#])
    func hellaswag(label: String) throws {
        let row = """
            {"ind":4,"activity_label":"a","ctx_a":"b","ctx_b":"c","ctx":"b c","split":"val","split_type":"indomain",\
            "label":\(label),"endings":["x","y"],"source_id":"s","extra":0}
            """
        let wanted = """
            {"ind":4,"activity_label":"a","ctx_a":"b","ctx_b":"c","ctx":"b c","endings":["x","y"],"source_id":"s",\
            "split":"val","split_type":"indomain","label":"1"}
            """
        #expect(try Self.document(.hellaswag, row) == wanted)
    }

    @Test("labels of PIQA come from a second file, with any line ends")
    func piqa() throws {
        let rows = #"{"goal":"g","sol1":"a","sol2":"b"}"# + "\n" + #"{"goal":"h","sol1":"c","sol2":"d"}"# + "\n"
        let found = try Self.documents(.piqa, [("valid.jsonl", rows), ("labels.lst", "1\r\n0\r\n")])
        #expect(found[0] == #"{"goal":"g","sol1":"a","sol2":"b","label":1}"#)
        #expect(found[1] == #"{"goal":"h","sol1":"c","sol2":"d","label":0}"#)
    }

    @Test("WinoGrande and SciQ")
    func others() throws {
        let wino = #"{"qID":"1","sentence":"The _ is.","option1":"a","option2":"b","answer":"2"}"#
        #expect(
            try Self.document(.winogrande, wino)
                == #"{"sentence":"The _ is.","option1":"a","option2":"b","answer":"2"}"#)
        // Published as one list.
        let sciq = """
            [{"question":"q","distractor1":"a","distractor2":"b","distractor3":"c","correct_answer":"d","support":""}]
            """
        #expect(
            try Self.document(.sciq, sciq, name: "test.json")
                == #"{"question":"q","distractor3":"c","distractor1":"a","distractor2":"b","#
                + #""correct_answer":"d","support":""}"#
        )
    }

    @Test("rows of letters")
    func letters() throws {
        let mmlu = "\"a, b\n\"\"c\"\"\",1,2, 3,,D\nq,1,2,3,4,A\n"
        #expect(
            try Self.document(.mmlu, mmlu, name: "x_test.csv", subset: "law")
                == #"{"question":"a, b\n\"c\"","subject":"law","choices":["1","2"," 3",""],"answer":3}"#)
        let ceval = "id,question,A,B,C,D,answer\n12,问,一,二,三,四,B\n"
        #expect(
            try Self.document(.ceval, ceval, name: "x_val.csv")
                == #"{"id":12,"question":"问","A":"一","B":"二","C":"三","D":"四","answer":"B","explanation":""}"#)
        let cmmlu = ",Question,A,B,C,D,Answer\n0,问,一,二,三,四,B\n"
        #expect(
            try Self.document(.cmmlu, cmmlu, name: "x.csv")
                == #"{"Question":"问","A":"一","B":"二","C":"三","D":"四","Answer":"B"}"#)
    }

    @Test("MATH by subject, MBPP by task id, BIG-Bench Hard in one object")
    func parts() throws {
        let math = """
            {"problem":"p","level":"Level 1","type":"Number Theory","solution":"\\\\boxed{1}","id":"x"}
            {"problem":"q","level":"Level 2","type":"Counting & Probability","solution":"\\\\boxed{2}"}
            """
        #expect(
            try Self.documents(.math, [("test.jsonl", math)], subset: "counting_and_probability")
                == [#"{"problem":"q","level":"Level 2","type":"Counting & Probability","solution":"\\boxed{2}"}"#])
        let mbpp = [3, 12, 11, 600].map { id in
            #"{"text":"t","code":"c","task_id":\#(id),"test_setup_code":"","test_list":["a"],"challenge_test_list":[]}"#
        }.joined(separator: "\n")
        func ids(_ split: String) throws -> [String] {
            try Self.documents(.mbpp, [("mbpp.jsonl", mbpp)], split: split).map { text in
                String(text.dropFirst(#"{"task_id":"#.count).prefix { $0 != "," })
            }
        }
        #expect(try ids("test") == ["11", "12"])
        #expect(try ids("prompt") == ["3"])
        #expect(try ids("validation") == ["600"])
        let bbh = #"{"canary":"c","examples":[{"input":"i","target":"t"},{"input":"j","target":"u"}]}"#
        #expect(try Self.documents(.bbh, [("a.json", bbh)]).last == #"{"input":"j","target":"u"}"#)
    }

    @Test(
        "a bad row is named with its file and what is wrong",
        arguments: [
            (
                DatasetFormat.arc, #"{"id":"x","question":{"stem":"s","choices":[{"text":"a","label":"A"}]}}"#,
                "no answerKey"
            ),
            (
                .arc, #"{"id":"x","question":{"stem":"s","choices":[{"text":"a","label":"A"}]},"answerKey":"E"}"#,
                "answerKey is \"E\"; it must be one of \"A\""
            ),
            (.arc, #"{"id":"x","question":"s","answerKey":"A"}"#, "question is \"s\""),
            (.boolq, #"{"question":"q","passage":"p","idx":1,"label":"maybe"}"#, "label is \"maybe\""),
            (.winogrande, #"{"sentence":"no blank","option1":"a","option2":"b","answer":"1"}"#, "a blank"),
            (.winogrande, #"{"sentence":"_","option1":"a","option2":"b","answer":""}"#, "it must be 1 or 2"),
            (.gsm8k, #"{"question":"q","answer":"no number"}"#, "'#### NUMBER'"),
            (.humaneval, #"{"task_id":"1"}"#, "no prompt"),
            (.sciq, #"{"question":null}"#, "no question"),
            (.hellaswag, "[1]", "not an object"),
            (.gsm8k, "{broken", "row 1"),
        ])
    func badRows(format: DatasetFormat, row: String, wanted: String) throws {
        #expect { try Self.document(format, row) } throws: { error in
            let text = "\(error)"
            return text.contains("a.jsonl, row 1: ") && text.contains(wanted)
        }
    }

    @Test("the row is counted from 1; a broken row among good ones is not skipped")
    func rowNumbers() throws {
        let good = "{\"question\":\"q\",\"answer\":\"#### 1\"}"
        #expect { try Self.document(.gsm8k, "\(good)\n\(good)\n{}\n") } throws: { "\($0)".contains("row 3: no answer") }
        #expect { try Self.document(.gsm8k, "\(good)\n{\"q\n\(good)\n") } throws: { "\($0)".contains("row 2: ") }
        #expect { try Self.document(.mmlu, "a,b,c,d,e,A\na,b,c,d,e,F\n", name: "m.csv") } throws: {
            "\($0)".contains("m.csv, row 2: the answer is \"F\"")
        }
        #expect { try Self.document(.mmlu, "a,b\n", name: "m.csv") } throws: { "\($0)".contains("2 columns") }
    }

    @Test("rows and labels of different versions, empty files, a missing subject")
    func wrongFiles() throws {
        let row = #"{"goal":"g","sol1":"a","sol2":"b"}"#
        #expect { try Self.documents(.piqa, [("v.jsonl", row), ("l.lst", "1\n0\n")]) } throws: {
            "\($0)".contains("v.jsonl has 1 rows and l.lst has 2 labels")
        }
        #expect { try Self.documents(.piqa, [("v.jsonl", row), ("l.lst", "2\n")]) } throws: {
            "\($0)".contains("l.lst, row 1: the label is '2'")
        }
        #expect { try Self.document(.gsm8k, "") } throws: { "\($0)".contains("has no rows") }
        let math = #"{"problem":"p","level":"Level 1","type":"Algebra","solution":"s"}"#
        #expect { try Self.document(.math, math, subset: "geometry") } throws: {
            "\($0)".contains("no rows of geometry")
        }
    }

    @Test("articles of WikiText begin at their titles; rows have lost the blank of empty lines")
    func wikitext() throws {
        let text = " \n = One = \n \n a = b \n = = Part = = \n x \n = Two = \n \n y \n"
        let wanted = [#"{"page":" = One = \n \n a = b \n = = Part = = \n x "}"#, #"{"page":" = Two = \n \n y \n"}"#]
        #expect(try Self.documents(.wikitext, [("wiki.test.raw", text)]) == wanted)
        let rows = ["", " = One = \\n", "", " a = b \\n", " = = Part = = \\n", " x \\n", " = Two = \\n", "", " y \\n"]
        let file = rows.map { "{\"text\":\"\($0)\"}\n" }.joined()
        #expect(try Self.documents(.wikitextRows, [("a.jsonl", file)]) == wanted)
    }

    @Test("worked examples of BIG-Bench Hard")
    func bbhPrompts() throws {
        let text = """
            canary
            -----
            An instruction.

            Q: First?
            Options: a
            A: Let's think step by step.
            One.

            Two. So the answer is a.

            Q: Second?
            A: Let's think step by step.
            Three.
            """
        #expect(
            try Self.documents(.bbhPrompts, [("x.txt", text)]) == [
                #"{"input":"First?\nOptions: a","target":"One.\n\nTwo. So the answer is a."}"#,
                #"{"input":"Second?","target":"Three."}"#,
            ])
        #expect { try Self.documents(.bbhPrompts, [("x.txt", "-----\nQ: no\n\nQ: x\n")]) } throws: {
            "\($0)".contains("x.txt, row 1: the example has no answer")
        }
        #expect { try Self.documents(.bbhPrompts, [("x.txt", "text")]) } throws: { "\($0)".contains("line of dashes") }
    }

    @Test("worked examples of Minerva from a list in Python")
    func mathExamples() throws {
        let text = #"""
            import re

            def list_fewshot_samples() -> list[dict]:
                return [
                    {
                        "problem": "a \\frac{1}{2}\n\"b\"",  # a comment
                        'solution': 'c\d \'e\' {}[]',
                        "few_shot": "1",
                    },
                    {"problem": "", "solution": "s", "n": [1, -2, None, True, False]}
                ]

            rest = [1
            """#
        #expect(
            try Self.documents(.mathExamples, [("utils.py", text)]) == [
                #"{"problem":"a \\frac{1}{2}\n\"b\"","solution":"c\\d 'e' {}[]"}"#,
                #"{"problem":"","solution":"s"}"#,
            ])
        for bad in ["[{\"a\": f(x)}]", "[{\"a\"}]", "[\"\\x41\"]", "[\"a\nb\"]", "[1 2]", "[{1: 2}]", "[\"a"] {
            let text = "def list_fewshot_samples():\n    return \(bad)\n"
            #expect(throws: DatasetError.self, "\(bad)") { try Self.documents(.mathExamples, [("utils.py", text)]) }
        }
    }
}
