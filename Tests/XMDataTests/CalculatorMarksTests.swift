// Only GSM8K's calculator marks are taken out of an answer.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMSupport
import XMTestSupport
import XMTokenizer

@testable import XMData

@Suite("CalculatorMarksTests")
struct CalculatorMarksTests {
    @Test(
        "marks go",
        arguments: [
            ("48/2 = <<48/2=24>>24 clips. 48+24 = <<48+24=72>>72", "48/2 = 24 clips. 48+24 = 72"),
            ("<<2*1.5=3>>3", "3"),
            ("<<100%-20%=80%>>", ""), ("a<<(1/2)*10=5>><<.5*60=30>>b", "ab"), ("<<10-12=-2>>-2", "-2"),
            ("<<1,000 + 500 = 1,500>>1,500", "1,500"), ("<<20*.01=.20>>$.20", "$.20"), ("<<1/2+1/4=3/4>>", ""),
            ("<<<5-2=3>>>", "<>"), ("é <<5=5>> ü\r\n", "é  ü\r\n"), ("x << 1; <<1+1=2>>2", "x << 1; 2"),
        ])
    func marks(text: String, without: String) { #expect(CalculatorMarks.removed(from: text) == without) }

    @Test(
        "all else that is written between the same signs stays",
        arguments: [
            "Write\nstd::cout << \"Enter a number: \";\nint n;\nstd::cin >> n;\nstd::cout << n * 2 << std::endl;",
            "In C, x = 1 << 4; sets bit four, and y = x >> 2; moves it back.", "Er sagte <<Guten Morgen>> und ging.",
            "cat <<EOF > a.txt\nhello\nEOF\ncat a.txt >> b.txt", "a << b only", "<<", "<<>>", "<<=>>", "<<1+1>>",
            "<<=2>>",
            "<<1+1=>>", "<<1+1=2>", "<<1+1=2", "<1+1=2>>", "1 << 3 = 8, 16 >> 1 = 8", "1 << 2 = 4 >> 0", "<<x=5>>",
            "<<a+b=3>>", "<<1+1=two>>", "<<1+1\n=2>>", "<<<HEAD=1\n>>>", "template<vector<vector<int>>>", "<<-=->>",
            "<<EOF\nx=1\nEOF\n>>", "<<1==1>>", "<<...=...>>",
        ])
    func others(text: String) {
        #expect(CalculatorMarks.removed(from: text) == text)
        let record = ConversationRecord(format: .qa)
        let answer = try? record.conversations(.object(["question": .string("q"), "answer": .string(text)]))
        #expect(answer?.first?.last?.content == text)
    }

    @Test(
        "of GSM8K no mark is left",
        .enabled(if: DataRoot.has("sft/gsm8k_train.jsonl"), "no sft/gsm8k_train.jsonl below XMODEL_DATA"))
    func published() throws {
        let file = try #require(try DocumentFiles(["sft/gsm8k_train.jsonl"], root: DataRoot.url).files.first)
        let answers = try Reading.all(file.open(ReaderOptions(field: "answer"))).map(\.text)
        #expect(answers.count > 7000 && answers.contains { $0.contains("<<") })
        #expect(!answers.contains { CalculatorMarks.removed(from: $0).contains("<<") })
    }
}
