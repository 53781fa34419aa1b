// Filters turn what a model answered into what is compared with the gold answer: a chain of named steps, as in
// lm-evaluation-harness. Regular expressions are Python's: ICU agrees with them on everything that tasks use.
// To add a step: a case of `FilterFunction` and its line in `FilterStep.apply`.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport
import XMTokenizer

package struct FilterPipeline: Decodable, Sendable {
    /// The name under which scores are reported, as in `exact_match,strict-match`.
    package let name: String
    package let steps: [FilterStep]

    private enum CodingKeys: String, CodingKey { case name, steps = "filter" }

    package init(name: String, steps: [FilterStep]) { (self.name, self.steps) = (name, steps) }

    /// What remains of the answers to one request (several where the task repeats it): one text after a step that takes
    /// the first, else all.
    ///
    /// - Parameter question: the document's `doc_to_text`.
    package func apply(_ answers: [String], question: String) -> [String] {
        steps.reduce(answers) { $1.apply($0, question: question) }
    }
}

package enum FilterFunction: String, Decodable, Sendable, CaseIterable {
    /// Finds a pattern.
    case regex
    case takeFirst = "take_first"
    case takeFirstK = "take_first_k"
    /// Removes white space at both ends.
    case removeWhitespace = "remove_whitespace"
    case majorityVote = "majority_vote"
    case lowercase
    /// Puts the question in front: the beginning of a program that the answer continues.
    case prependDocToText = "prepend_doc_to_text"
}

package struct FilterStep: Decodable, Sendable {
    package let function: FilterFunction
    /// `regex`: the expression, which of the matches (negative from the end), and the result where nothing matches.
    package private(set) var expression: PythonRegex?
    package var groupSelect = 0
    package var fallback = FilterStep.invalid
    /// `take_first_k`: how many.
    package var k = 1

    /// What answers become from which nothing can be extracted.
    package static let invalid = "[invalid]"

    private enum CodingKeys: String, CodingKey {
        case function, pattern = "regex_pattern", groupSelect = "group_select", fallback, k
    }

    package init(function: FilterFunction) { self.function = function }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        function = try keys.decode(FilterFunction.self, forKey: .function)
        if function == .regex {
            let number = #"#### (\-?[0-9\.\,]+)"#
            expression = try keys.decodeIfPresent(PythonRegex.self, forKey: .pattern) ?? PythonRegex(number)
        }
        try keys.read(&groupSelect, .groupSelect)
        try keys.read(&fallback, .fallback)
        try keys.read(&k, .k)
    }

    func apply(_ answers: [String], question: String) -> [String] {
        switch function {
        case .regex:
            return answers.map { expression?.selected(in: $0, match: groupSelect) ?? fallback }
        case .takeFirst: return Array(answers.prefix(1))
        case .takeFirstK: return Array(answers.prefix(k))
        case .removeWhitespace: return answers.map { PythonText.stripped($0) }
        case .majorityVote:
            // The most frequent; of equally frequent ones the first.
            let counts = Dictionary(grouping: answers) { $0 }.mapValues(\.count)
            let most = counts.values.max() ?? 0
            return answers.first { counts[$0] == most }.map { [$0] } ?? []
        case .lowercase: return answers.map { $0.lowercased() }
        case .prependDocToText: return answers.map { question + $0 }
        }
    }
}

/// A regular expression with the semantics of Python's `re`: a dot matches everything but a newline, and positions are
/// code points.
package struct PythonRegex: Decodable, Sendable {
    private let expression: NSRegularExpression

    package init(from decoder: any Decoder) throws {
        let pattern = try String(from: decoder)
        do {
            try self.init(pattern)
        } catch {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a regular expression"))
        }
    }

    /// Throws `PythonRegexError` where the pattern is malformed.
    package init(_ pattern: String) throws {
        do {
            expression = try NSRegularExpression(pattern: pattern, options: [.useUnixLineSeparators])
        } catch { throw PythonRegexError(pattern: pattern) }
    }

    /// Match number `index` of `findall`, negative from the end: the whole match, its only group, or the first of
    /// several groups that is not empty; white space at both ends is removed. nil: no such match.
    package func selected(in text: String, match index: Int) -> String? {
        let all = expression.matches(in: text, range: NSRange(location: 0, length: (text as NSString).length))
        let place = index < 0 ? all.count + index : index
        guard all.indices.contains(place) else { return nil }
        let match = all[place]
        func group(_ number: Int) -> String {
            let range = match.range(at: number)
            return range.location == NSNotFound ? "" : (text as NSString).substring(with: range)
        }
        switch match.numberOfRanges {
        case 1: return PythonText.stripped(group(0))
        case 2: return PythonText.stripped(group(1))
        case let count: return (1..<count).lazy.map(group).first { !$0.isEmpty }.map { PythonText.stripped($0) }
        }
    }

    /// `re.sub(pattern, "", text)`.
    package func removed(from text: String) -> String {
        expression.stringByReplacingMatches(
            in: text, range: NSRange(location: 0, length: (text as NSString).length), withTemplate: "")
    }
}

package struct PythonRegexError: Error, CustomStringConvertible, Equatable {
    package let pattern: String
    package var description: String { "the regular expression '\(pattern)' is malformed; correct it" }
}
