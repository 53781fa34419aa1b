// Progress of long work: the line, the rate, and what is written where there is no terminal.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTerminal
import XMTestSupport

@Suite("ProgressBarTests")
struct ProgressBarTests {
    @Test("progress: share, rate and time left, never wider than the terminal, whatever the name is written in")
    func progress() {
        func line(_ name: String, _ done: Int, _ perSecond: Double?, _ width: Int) -> String {
            ProgressBar.line(name, done: done, total: 100, unit: " steps", perSecond: perSecond, width: width)
        }
        #expect(
            line("x", 50, 10, 60).hasPrefix("x  50 % [####")
                && line("x", 50, 10, 60).hasSuffix("]  10.0 steps/s  ETA 5.0s"))
        #expect(line("x", 4, 0.04, 60).hasSuffix("  0.04 steps/s  ETA 40m 00s"), "no rate is 0 that is not")
        #expect(!line("x", 1, nil, 60).contains("ETA"), "after the first step nothing is known")
        for name in ["x", "漢字かな", "नमस्ते दुनिया"] {
            for width in [10, 17, 40, 80] { #expect(line(name, 50, 1234, width).displayWidth < max(width, 11)) }
        }
        #expect(ProgressBar.line("x", done: 1, total: 0, unit: "", perSecond: nil, width: 20).count < 20)
    }

    @Test("the first, slow units do not count for the rate")
    func progressRate() {
        var rate = ProgressRate()
        let start = ContinuousClock.now
        rate.add(1, at: start + .seconds(10))
        #expect(rate.perSecond == nil)
        rate.add(2, at: start + .seconds(11))
        #expect(rate.perSecond == 1)
        rate.add(5, at: start + .seconds(12))
        #expect(rate.perSecond == 2)
    }

    @Test("where nobody looks, progress is a line now and then, and none for short work")
    func progressLines() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("log", "")
        let bar = ProgressBar("x", total: 1000, unit: " steps", on: try FileHandle(forWritingTo: file))
        for step in 1...1000 { bar.update(step) }
        bar.finish()
        #expect(try Data(contentsOf: file).isEmpty)
    }
}
