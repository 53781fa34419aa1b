// Numbers for people to read: durations, byte sizes, counts. The same in every locale, so that output can be compared.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum HumanText {
    /// "0.3s", "12s", "3m 05s", "1h 02m", "2d 03h".
    package static func duration(_ seconds: Double) -> String {
        guard abs(seconds) < 1e12 else { return "--" }  // not a number, or more than 30,000 years
        if seconds > 0 && seconds < 9.95 { return String(format: seconds < 1 ? "%.2gs" : "%.1fs", seconds) }
        let s = Int(seconds.rounded())
        switch s {
        case ..<60: return "\(s)s"
        case ..<3600: return String(format: "%dm %02ds", s / 60, s % 60)
        case ..<86_400: return String(format: "%dh %02dm", s / 3600, s / 60 % 60)
        default: return String(format: "%dd %02dh", s / 86_400, s / 3600 % 24)
        }
    }

    /// "512 B", "1.5 KiB", "3.2 GiB".
    package static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
            if value < 1024 || unit == "TiB" { return String(format: unit == "B" ? "%.0f %@" : "%.1f %@", value, unit) }
            value /= 1024
        }
        return ""
    }

    /// Three digits or so: "950", "12.3k", "4.56M", "1.25B", "1.50T".
    package static func count(_ count: Double) -> String {
        switch count {
        case ..<1e3: String(format: "%.0f", count)
        case ..<1e6: String(format: "%.1fk", count / 1e3)
        case ..<1e9: String(format: "%.2fM", count / 1e6)
        case ..<1e12: String(format: "%.2fB", count / 1e9)
        default: String(format: "%.2fT", count / 1e12)
        }
    }

    /// A rate: "0.042", "3.5", "1,234". Never "0" for a rate above 0.
    package static func rate(_ value: Double) -> String {
        guard value.isFinite else { return "--" }
        switch abs(value) {
        case 0: return "0"
        case ..<1: return String(format: "%.2g", value)
        case ..<99.95: return String(format: "%.1f", value)
        default: return abs(value) < 1e15 ? grouped(Int(value.rounded())) : String(format: "%.3g", value)
        }
    }

    /// "1 turn", "12 turns", "1,200 tokens"; "2 processes" where the plural is given.
    package static func counted(_ count: Int, _ noun: String, plural: String? = nil) -> String {
        "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
    }

    /// "1", "0.7": no decimal point in whole numbers.
    package static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(format: "%.0f", value) : "\(value)"
    }

    /// Groups digits by thousands: "1,251,755,520".
    package static func grouped(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var at = digits.count - 3
        while at > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: at))
            at -= 3
        }
        return value < 0 ? "-" + digits : digits
    }
}

extension Duration {
    /// The duration in seconds.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
