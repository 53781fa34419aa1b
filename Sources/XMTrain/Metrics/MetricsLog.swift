// The file `metrics.jsonl`: one line per logged step, appended as the run goes. After a kill, the steps that the
// resumed run will do again are cut off first, so that every step is in the file once.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// Appends `StepMetrics` to a file. Owned by one loop.
package final class MetricsLog {
    private let file: SequentialFile

    /// Opens or creates the file and keeps the lines up to `step`; later ones and a torn last line are dropped.
    ///
    /// - Parameter step: updates completed in the state that the run starts from; 0 starts the file anew.
    package init(_ url: URL, resumingAt step: Int) throws {
        let old = FileManager.default.fileExists(atPath: url.path) ? try Data(contentsOf: url) : Data()
        let kept = Self.lines(of: old).filter { $0.metrics.step <= step }
        var data = Data()
        for line in kept {
            data.append(line.bytes)
            data.append(UInt8(ascii: "\n"))
        }
        if data != old || old.isEmpty { try AtomicFile.write(data, to: url) }
        file = try SequentialFile(appendingTo: url)
    }

    /// Writes one line at once; a reader never sees half a step unless the machine stops. Throws
    /// `FileError.notWritten`, and the file is as it was.
    package func append(_ metrics: StepMetrics) throws {
        var line = try metrics.jsonLine()
        line.append(UInt8(ascii: "\n"))
        try file.append(line)
    }

    /// All whole lines of a metrics file, in order. Lines that are not step metrics are left out.
    package static func read(_ url: URL) throws -> [StepMetrics] {
        lines(of: try Data(contentsOf: url)).map(\.metrics)
    }

    private static func lines(of data: Data) -> [(bytes: Data, metrics: StepMetrics)] {
        data.split(separator: UInt8(ascii: "\n")).compactMap { bytes in
            (try? StepMetrics(jsonLine: Data(bytes))).map { (Data(bytes), $0) }
        }
    }
}
