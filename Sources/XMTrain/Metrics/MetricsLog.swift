// The file `metrics.jsonl`: one line per step, appended as the run goes. After a kill, the steps that the resumed run
// will do again are cut off first, so that every step is in the file once.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package enum MetricsError: Error, CustomStringConvertible, Equatable {
    /// `line` counts from 1.
    case badLine(file: String, line: Int, reason: String)

    package var description: String {
        switch self {
        case .badLine(let file, let line, let reason):
            "\(file):\(line): not the metrics of a step (\(reason)); repair or remove that line"
        }
    }
}

/// Appends `StepMetrics` to a file. Owned by one loop.
package final class MetricsLog {
    private let file: SequentialFile

    /// Opens or creates the file and keeps the lines up to `step`, byte for byte; later ones go, and a last line that a
    /// kill left without its end. Throws `MetricsError` for any other line that cannot be read, and changes nothing.
    ///
    /// - Parameter step: updates completed in the state that the run starts from; 0 starts the file anew.
    package init(_ url: URL, resumingAt step: Int) throws {
        let old = FileManager.default.fileExists(atPath: url.path) ? try Data(contentsOf: url) : Data()
        let kept = try Self.lines(of: old, file: url.path).filter { $0.metrics.step <= step }
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

    /// All whole lines of a metrics file, in order. Throws `MetricsError` for one that cannot be read.
    package static func read(_ url: URL) throws -> [StepMetrics] {
        try lines(of: try Data(contentsOf: url), file: url.path).map(\.metrics)
    }

    private static func lines(of data: Data, file: String) throws -> [(bytes: Data, metrics: StepMetrics)] {
        var found: [(Data, StepMetrics)] = []
        let newline = UInt8(ascii: "\n")
        let lines = data.split(separator: newline, omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() where !bytes.isEmpty {
            do {
                found.append((Data(bytes), try StepMetrics(jsonLine: Data(bytes))))
            } catch {
                // Appending was interrupted: the step will be done again.
                if index == lines.count - 1 { break }
                throw MetricsError.badLine(file: file, line: index + 1, reason: reason(error))
            }
        }
        return found
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "key '\(key.stringValue)' is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "key '\(context.codingPath.map(\.stringValue).joined(separator: "."))' has a value of the wrong type"
        default: "it is not valid JSON"
        }
    }
}
