// Which samples are shown, and what a page of each kind says.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMEval

@Suite("SampleBrowserTests")
struct SampleBrowserTests {
    @Test("wrong and right ones are all, the confident ones come in order, the unanswered are wrong")
    func selections() throws {
        for task in HarnessFixture.tasks where task != "pages" {
            let browser = SampleBrowser(try HarnessFixture.results("a").samples(of: task))
            let (wrong, right) = (browser.selected(.wrong), browser.selected(.right))
            #expect(wrong.count + right.count == browser.selected(.all).count && !wrong.isEmpty && !right.isEmpty)
            let confident = browser.selected(.confident)
            #expect(confident.count == (task == "sums_written" ? 0 : wrong.count))
            let confidences = confident.compactMap(\.confidence)
            #expect(confidences == confidences.sorted(by: >))
            #expect(browser.selected(.unanswered).allSatisfy { $0.isRight == false })
        }
    }

    @Test("one filter at a time: the first, or the one named")
    func filters() throws {
        let samples = try HarnessFixture.results("a").samples(of: "sums_written")
        #expect(Set(SampleBrowser(samples).samples.map(\.filter)) == ["strict-match"])
        let flexible = SampleBrowser(samples, filter: "flexible-extract")
        #expect(flexible.samples.count == 40 && flexible.selected(.unanswered).count < 40)
        #expect(SampleBrowser(samples, filter: "none").samples.isEmpty && SampleBrowser([]).samples.isEmpty)
    }

    private func page(_ task: String, _ selection: SampleBrowser.Selection) throws -> String {
        let browser = SampleBrowser(try HarnessFixture.results("a").samples(of: task))
        let sample = try #require(browser.selected(selection).first)
        return ([SampleBrowser.title(sample)] + SampleBrowser.page(sample).map { "[\($0.label)] \($0.text)" })
            .joined(separator: "\n")
    }

    @Test("pages of choices, of contexts as choices, of an answer, of an answer in which nothing was found, of a text")
    func pages() throws {
        let choices = try page("sums_small", .confident)
        #expect(
            choices == """
                document 4, filter none: wrong (acc 0)
                [asked] Bob␈ asks: 2 plus 4 is
                [right, 1.0 %, -7.64 nats]  6
                [1.2 %, -7.47 nats]  7
                [4.0 %, -6.23 nats]  8
                [chosen, 93.9 %, -3.07 nats]  9
                """)
        let contexts = try page("who", .wrong)
        #expect(
            contexts == """
                document 0, filter none: wrong (acc 0)
                [asked] Door 0 was too narrow for the crate because the …
                [right, 38.6 %, -8.36 nats] Door 0 was too narrow for the crate because the door was too big.
                [chosen, 61.4 %, -7.90 nats] Door 0 was too narrow for the crate because the crate was too big.
                """)
        let answer = try page("sums_written", .wrong)
        #expect(
            answer == """
                document 0, filter strict-match: wrong (exact_match 0)
                [asked] Question: 1 plus 2?
                Answer:
                [expected] 3
                [answered]  #### 4
                [found] 4
                """)
        let nothing = try page("sums_written", .unanswered)
        #expect(
            nothing == """
                document 10, filter strict-match: no answer found (exact_match 0)
                [asked] Question: 21 plus 2?
                Answer:
                [expected] 23
                [answered]  I do not know…
                [found] [invalid]
                """)
        let text = try page("pages", .all)
        #expect(
            text == """
                document 0, filter none
                [text] Page 0. Nothing is written here.\u{20}
                [log-likelihood] -20.637856068089604
                """)
    }
}
