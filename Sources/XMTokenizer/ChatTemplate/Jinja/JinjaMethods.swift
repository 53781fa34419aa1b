// The methods of Python's types, with Python's names and arguments. Values are immutable, so mutating methods are
// hidden, as in transformers' sandbox. Strings are in the +Text file. To add one: a signature, a case in `callMethod`,
// a golden in the fixtures' script.
// SPDX-License-Identifier: Apache-2.0

enum JinjaMethods {
    private static let ofMappings: [String: JinjaSignature] = [
        "copy": "", "get": "key, default=, /", "items": "", "keys": "", "values": "",
    ]
    private static let ofLists: [String: JinjaSignature] = [
        "copy": "", "count": "value, /", "index": "value, start=, stop=, /",
    ]
    private static let ofNumbers: [String: JinjaSignature] = ["bit_length": "", "conjugate": "", "is_integer": ""]

    /// The signature of a value's method; nil if there is none or it is not supported.
    static func signature(of name: String, on value: JinjaValue) -> JinjaSignature? {
        switch value {
        case .string: ofStrings[name]
        case .dict: ofMappings[name]
        case .list(let list):
            switch list.kind {
            case .list: ofLists[name]
            case .tuple, .group, .range: name == "copy" ? nil : ofLists[name]
            case .keys, .values, .items: nil
            }
        case .int, .bool: ofNumbers[name]
        case .double: name == "bit_length" ? nil : ofNumbers[name]
        default: nil
        }
    }

    /// Mutating methods: Jinja's sandbox hides them, and with them a mapping's key of that name in `object.name`.
    static func isChanging(_ value: JinjaValue, _ name: String) -> Bool {
        switch value {
        case .dict: ["clear", "pop", "popitem", "setdefault", "update"].contains(name)
        case .list(let list) where list.kind == .list:
            ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"].contains(name)
        default: false
        }
    }

    /// Methods of the Python type that this interpreter does not support.
    static func isUnsupported(_ name: String, on value: JinjaValue) -> Bool {
        switch value {
        case .string(let text):
            ["casefold", "encode", "format_map", "maketrans", "translate"].contains(name)
                || text.isMarkup && ["escape", "striptags", "unescape"].contains(name)
        case .dict: name == "fromkeys"
        case .list(let list) where !list.isIndexed: ["isdisjoint", "mapping"].contains(name)
        case .int, .bool: ["as_integer_ratio", "bit_count", "from_bytes", "to_bytes"].contains(name)
        case .double: ["as_integer_ratio", "fromhex", "hex"].contains(name)
        case .iterator: ["close", "send", "throw"].contains(name)
        case .method(.none, "dict"): name == "fromkeys"
        default: false
        }
    }
}

extension JinjaEvaluator {
    mutating func callMethod(
        _ name: String, of owner: JinjaValue, _ given: JinjaCallArguments
    ) throws -> JinjaValue {
        guard let signature = JinjaMethods.signature(of: name, on: owner) else {
            throw JinjaError.unknown(line: line, kind: "method of \(owner.typeName)", name: name)
        }
        let arguments = try signature.bind(given, of: "'\(name)'", line: line)
        switch owner {
        case .dict(let dict):
            switch name {
            case "items": return .list(JinjaList(dict.pairs, kind: .items))
            case "keys": return .list(JinjaList(dict.entries.map(\.key), kind: .keys))
            case "values": return .list(JinjaList(dict.entries.map(\.value), kind: .values))
            case "copy": return owner
            default: return dict[arguments.value("key")] ?? arguments.value("default")
            }
        case .string(let string): return try callMethod(name, of: string, arguments)
        case .list(let list):
            let value = arguments.value("value")
            switch name {
            case "copy": return owner
            case "count": return .int(list.items.count { $0 == value })
            default:
                if case .range = list.kind, arguments["start"] != nil {
                    throw arguments.failed("of a range takes one argument")
                }
                let range = try bounds(arguments, "start", "stop", list.items.count)
                guard let place = range.flatMap({ list.items[$0].firstIndex(of: value) }) else {
                    throw arguments.failed("of a value that is not there")
                }
                return .int(place)
            }
        case .double(let number):
            return name == "conjugate" ? owner : .bool(number.isFinite && number == number.rounded())
        default:
            let number = owner.integer ?? 0
            switch name {
            case "bit_length": return .int(Int.bitWidth - number.magnitude.leadingZeroBitCount)
            case "conjugate": return .int(number)
            default: return .bool(true)
            }
        }
    }

    /// The range given by two optional bounds, negative ones counted from the end; nil if it begins after the end.
    func bounds(
        _ arguments: JinjaBoundArguments, _ start: String, _ end: String, _ count: Int
    ) throws -> Range<Int>? {
        func place(_ bound: Int) -> Int { bound < 0 ? max(0, max(bound, -count) + count) : bound }
        let first = place(try arguments.integer(start, orNone: true) ?? 0)
        let last = min(count, place(try arguments.integer(end, orNone: true) ?? count))
        return first <= last ? first..<last : nil
    }
}
