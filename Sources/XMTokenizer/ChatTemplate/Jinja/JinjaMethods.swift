// The methods of Python's strings and mappings that templates call. Values never change, so those that would change
// theirs (append, update, pop) are not here, as transformers' sandbox forbids them too. Strings: the +Text file.
// SPDX-License-Identifier: Apache-2.0

enum JinjaMethods {
    static let ofMappings: Set<String> = ["items", "get", "keys", "values", "copy"]
    /// Methods that would change a mapping: the sandbox hides them, and so keys of these names behind a point.
    static let forbidden: Set<String> = ["clear", "pop", "popitem", "setdefault", "update"]

    static func call(
        _ name: String, of owner: JinjaValue, _ arguments: JinjaCallArguments, _ evaluator: JinjaEvaluator
    ) throws -> JinjaValue {
        switch owner {
        case .dict(let dict):
            switch name {
            case "items": return .list(JinjaList(dict.pairs, kind: .items))
            case "keys": return .list(JinjaList(dict.entries.map(\.key), kind: .keys))
            case "values": return .list(JinjaList(dict.entries.map(\.value), kind: .values))
            case "copy": return owner
            default:
                guard let key = arguments.positional.first else { throw evaluator.failed("'get' takes a key") }
                return dict[key] ?? arguments.value(1, "default") ?? .none
            }
        case .string(let string): return try call(name, of: string, arguments, evaluator)
        default: throw evaluator.failed("a \(owner.typeName) has no method '\(name)'")
        }
    }

    static func replace(
        _ string: String, _ old: String, _ new: String, _ count: Int?, _ evaluator: JinjaEvaluator
    ) throws -> JinjaValue {
        let limit = count.map { $0 < 0 ? -1 : $0 } ?? -1
        guard !old.isEmpty else { throw evaluator.failed("'replace' of an empty string") }
        let parts = PythonText.split(string, old, limit: limit)
        try evaluator.checkSize(string.utf8.count + parts.count * new.utf8.count)
        return .string(parts.joined(separator: new))
    }

    static func join(_ items: [JinjaValue], _ separator: String, _ evaluator: JinjaEvaluator) throws -> JinjaValue {
        let size = items.reduce(0) { $0 + $1.size }
        try evaluator.checkSize(size + items.count * separator.utf8.count)
        return .string(items.map(\.pythonText).joined(separator: separator))
    }
}
