// Implements a template's `strftime_now` as transformers does, by Python's datetime.now().strftime.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

extension ChatTemplate {
    /// A formatter of `date` in local time and the C locale; it returns nil for an invalid format. As for Python's
    /// naive datetime, the time has no zone: `%z` and `%Z` are empty.
    package static func clock(_ date: Date) -> @Sendable (String) -> String? {
        let moment = date.timeIntervalSince1970.rounded(.down)
        let micros = min(999_999, Int(((date.timeIntervalSince1970 - moment) * 1_000_000).rounded()))
        return { format in
            var seconds = time_t(moment)
            var parts = tm()
            localtime_r(&seconds, &parts)
            (parts.tm_isdst, parts.tm_gmtoff, parts.tm_zone) = (-1, 0, nil)
            guard !format.utf8.contains(0) else { return nil }
            let pattern = Self.pattern(format, micros: micros)
            guard !pattern.isEmpty else { return "" }
            // strftime returns 0 for an empty result and for a full buffer; Python gives up at 256 bytes per character.
            var size = 1024
            while true {
                var buffer = [UInt8](repeating: 0, count: size)
                let length = buffer.withUnsafeMutableBytes {
                    Foundation.strftime($0.baseAddress!.assumingMemoryBound(to: CChar.self), size, pattern, &parts)
                }
                if length > 0 || size >= 256 * pattern.utf8.count {
                    return String(decoding: buffer[..<length], as: UTF8.self)
                }
                size *= 2
            }
        }
    }

    /// The format with the directives that Python handles itself replaced (Lib/_pydatetime.py, _wrap_strftime).
    private static func pattern(_ format: String, micros: Int) -> String {
        var result = String.UnicodeScalarView()
        var rest = format.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "%", let kind = rest.popFirst() else {
                result.append(scalar)
                continue
            }
            switch kind {
            case "f":
                let digits = "\(micros)"
                result.append(
                    contentsOf: (String(repeating: "0", count: 6 - digits.utf8.count) + digits).unicodeScalars)
            case "z", "Z": break
            case ":" where rest.first == "z": rest.removeFirst()
            default: result.append(contentsOf: [scalar, kind])
            }
        }
        return String(result)
    }
}
