// Writes and reads `samples_<task>_<date>.jsonl`: one line for each document and filter.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package enum SampleFile {
    /// As the harness names it: the date is that of the results file, with `-` for `:`.
    package static func name(task: String, date: String) -> String { "samples_\(task)_\(date).jsonl" }

    /// Writes the file whole or not at all.
    package static func write(_ samples: some Sequence<Sample>, to file: URL) throws {
        try AtomicFile.create(file) { output in
            var text = ""
            func flush() throws {
                try text.withUTF8 { try output.write(UnsafeRawBufferPointer($0)) }
                text = ""
            }
            for sample in samples {
                text += JSONValue.object(sample.json).text + "\n"
                // A million bytes at a time: documents of long prompts are many megabytes together.
                if text.utf8.count > 1_000_000 { try flush() }
            }
            try flush()
        }
    }

    package static func read(_ file: URL) throws(ResultsError) -> [Sample] {
        let data: Data
        do { data = try Data(contentsOf: file) } catch { throw .unreadable(file.path) }
        // `withUnsafeBytes` rethrows any error; a result carries the typed one.
        return try data.withUnsafeBytes { bytes -> Result<[Sample], ResultsError> in
            var samples: [Sample] = []
            for (index, line) in LineSplitter(bytes).enumerated() where !line.isEmpty {
                do throws(JSONError) {
                    guard let object = try JSONScanner.value(of: line).object else {
                        return .failure(.malformed(file.path, line: index + 1, "not an object"))
                    }
                    do throws(MissingMember) {
                        samples.append(try Sample(json: object))
                    } catch {
                        return .failure(.malformed(file.path, line: index + 1, "no usable \"\(error.key)\""))
                    }
                } catch {
                    return .failure(.malformed(file.path, line: index + 1, error.description))
                }
            }
            return .success(samples)
        }.get()
    }
}
