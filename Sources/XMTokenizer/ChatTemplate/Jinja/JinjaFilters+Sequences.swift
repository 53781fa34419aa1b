// The filters of sequences: selection, order, sums, and those that apply another filter or a test to each item. As in
// Python, some return a list and some an iterator, which is always true and can be consumed once.
// SPDX-License-Identifier: Apache-2.0

extension JinjaEvaluator {
    mutating func sequence(
        _ name: String, _ value: JinjaValue, _ arguments: JinjaBoundArguments
    ) throws -> JinjaValue {
        switch name {
        case "map", "select", "reject", "selectattr", "rejectattr":
            return makeIterator(try each(name, value, arguments))
        case "dictsort": return try sortedPairs(value, arguments)
        case "items":
            if value.isUndefined { return makeIterator([]) }
            guard case .dict(let dict) = value else {
                throw arguments.failed("takes a mapping, found a value of type \(value.typeName)")
            }
            return makeIterator(dict.pairs)
        case "first":
            if case .iterator(let number) = value {
                guard let first = iterators[number].first else { break }
                iterators[number].removeFirst()
                return first
            }
        case "last", "length", "count":
            if case .iterator = value { throw arguments.failed("got a generator; make it a list first") }
        default: break
        }
        let attribute = arguments["attribute"].flatMap { $0.isNone ? nil : $0 }
        let isCaseSensitive = arguments.flag("case_sensitive")
        let items = try iterate(value)
        switch name {
        case "first": return items.first ?? .undefined(name: "first item of an empty sequence")
        case "last": return items.last ?? .undefined(name: "last item of an empty sequence")
        case "length", "count": return .int(items.count)
        case "list": return .list(items)
        case "join":
            let parts = try items.map { item in try text(of: try attribute.map { try part(item, $0) } ?? item) }
            return .string(try joined(parts, try arguments["d"].map { try text(of: $0) } ?? ""))
        case "reverse":
            switch value {
            case .string(let text): return .string(text.with(text.points.reversed()))
            case .iterator: return .list(items.reversed())
            default: return makeIterator(items.reversed())
            }
        case "sort":
            let keys = try items.map { try sortKey($0, attribute, isCaseSensitive: isCaseSensitive) }
            return .list(try order(keys, reversed: arguments.flag("reverse")).map { items[$0] })
        case "unique":
            var seen = Set<JinjaKey>()
            var kept: [JinjaValue] = []
            for item in items {
                try charge(item)
                let value = try key(item, attribute, isCaseSensitive: isCaseSensitive)
                guard let identity = JinjaKey(value) else {
                    throw arguments.failed("cannot tell values of type \(value.typeName) apart")
                }
                if seen.insert(identity).inserted { kept.append(item) }
            }
            return makeIterator(kept)
        case "min", "max":
            let keys = try items.map { try key($0, attribute, isCaseSensitive: isCaseSensitive) }
            var best = 0
            for place in items.indices.dropFirst() {
                let (left, right) = name == "min" ? (keys[place], keys[best]) : (keys[best], keys[place])
                if try isLess(left, right, "<") { best = place }
            }
            return items.isEmpty ? .undefined(name: "\(name) of an empty sequence") : items[best]
        case "sum":
            var total = arguments["start"] ?? .int(0)
            if total.text != nil { throw arguments.failed("cannot sum strings; use 'join'") }
            for item in items { total = try binary(.add, total, try attribute.map { try part(item, $0) } ?? item) }
            return total
        case "groupby": return .list(try groups(items, arguments))
        case "batch":
            let size = try arguments.integer("linecount") ?? 0
            return makeIterator(try filled(Self.batches(of: items, size), to: { _ in size }, arguments))
        case "slice":
            let count = try arguments.integer("slices") ?? 0
            guard count > 0 else { throw arguments.failed("needs 'slices' above 0, found \(count)") }
            try charge(more: count)
            let (size, longer) = items.count.quotientAndRemainder(dividingBy: count)
            var start = 0
            let slices = (0..<count).map { number in
                defer { start += size + (number < longer ? 1 : 0) }
                return Array(items[start..<start + size + (number < longer ? 1 : 0)])
            }
            return makeIterator(try filled(slices, to: { $0 < longer ? 0 : size + 1 }, arguments))
        default: throw JinjaError.unknown(line: line, kind: "filter", name: name)
        }
    }

    /// str.join, within the size limits.
    func joined(_ parts: [JinjaText], _ separator: JinjaText) throws -> JinjaText {
        try checkSize(separator.count, times: parts.count)
        try checkSize(parts.reduce(0) { $0 + $1.count })
        return JinjaText.joined(parts, separator: separator)
    }

    /// Lists of `size` items as in Jinja: with size 0, an empty one comes first.
    private static func batches(of items: [JinjaValue], _ size: Int) -> [[JinjaValue]] {
        var batches: [[JinjaValue]] = []
        var open: [JinjaValue] = []
        for item in items {
            if open.count == size {
                batches.append(open)
                open = []
            }
            open.append(item)
        }
        return open.isEmpty ? batches : batches + [open]
    }

    /// Lists padded with `fill_with` to a length.
    private func filled(
        _ lists: [[JinjaValue]], to length: (Int) -> Int, _ arguments: JinjaBoundArguments
    ) throws -> [JinjaValue] {
        let fill = arguments.value("fill_with")
        return try lists.enumerated().map { index, list in
            let missing = fill.isNone ? 0 : max(0, max(0, length(index)) - list.count)
            try checkSize(missing)
            return .list(list + repeatElement(fill, count: missing))
        }
    }

    // MARK: - Order

    /// The sort key of an item: an attribute or the item itself, with strings in lower case unless `isCaseSensitive`.
    private func key(
        _ item: JinjaValue, _ attribute: JinjaValue?, isCaseSensitive: Bool, default standard: JinjaValue? = nil
    ) throws -> JinjaValue {
        let key = try attribute.map { try part(item, $0, default: standard) } ?? item
        guard !isCaseSensitive, case .string(let text) = key else { return key }
        return .string(text.lowercased())
    }

    /// Like `key`, for the filter `sort`, which accepts several attributes: "age,name".
    private func sortKey(_ item: JinjaValue, _ attribute: JinjaValue?, isCaseSensitive: Bool) throws -> JinjaValue {
        let attributes = attribute?.text?.split(",").map { JinjaValue.string($0) } ?? [attribute ?? .none]
        return .list(
            try attributes.map { try key(item, $0.isNone ? nil : $0, isCaseSensitive: isCaseSensitive) })
    }

    /// Indices of the keys in sorted order; the sort is stable.
    private mutating func order(_ keys: [JinjaValue], reversed: Bool = false) throws -> [Int] {
        for _ in keys { try charge(.list(keys)) }
        return try keys.indices.sorted { left, right in
            let (a, b) = reversed ? (keys[right], keys[left]) : (keys[left], keys[right])
            return try isLess(a, b, "<") || !isLess(b, a, "<") && left < right
        }
    }

    /// The entries of a mapping sorted by key, or as given by `by`, by value.
    private mutating func sortedPairs(_ value: JinjaValue, _ arguments: JinjaBoundArguments) throws -> JinjaValue {
        let by = try arguments.text("by")?.string ?? "key"
        guard by == "key" || by == "value" else {
            throw arguments.failed("takes 'key' or 'value' as 'by', found '\(by)'")
        }
        guard case .dict(let dict) = value else {
            throw arguments.failed("takes a mapping, found a value of type \(value.typeName)")
        }
        let keys = try dict.pairs.map {
            try key($0, .int(by == "key" ? 0 : 1), isCaseSensitive: arguments.flag("case_sensitive"))
        }
        return .list(try order(keys, reversed: arguments.flag("reverse")).map { dict.pairs[$0] })
    }

    private mutating func groups(_ items: [JinjaValue], _ arguments: JinjaBoundArguments) throws -> [JinjaValue] {
        let (attribute, standard) = (arguments.value("attribute"), arguments["default"])
        let isCaseSensitive = arguments.flag("case_sensitive")
        let keys = try items.map {
            try key($0, attribute, isCaseSensitive: isCaseSensitive, default: standard)
        }
        var groups: [[Int]] = []
        for place in try order(keys) {
            if let first = groups.last?.first, keys[first] == keys[place] {
                groups[groups.count - 1].append(place)
            } else {
                groups.append([place])
            }
        }
        return try groups.map { places in
            // A group is named after its first item, in the item's spelling.
            let name = try key(items[places[0]], attribute, isCaseSensitive: true, default: standard)
            return .list(JinjaList([name, .list(places.map { items[$0] })], kind: .group))
        }
    }

    // MARK: - Items one by one

    /// Filters that apply another filter, or a test, to each item.
    private mutating func each(
        _ name: String, _ value: JinjaValue, _ arguments: JinjaBoundArguments
    ) throws -> [JinjaValue] {
        // Jinja ignores false values, so `none | selectattr(...)` is empty.
        let items = value.isTrue ? try iterate(value) : []
        var rest = JinjaCallArguments(positional: arguments.more, named: arguments.named)
        if name == "map" {
            if rest.positional.isEmpty, rest.named.contains(where: { $0.name == "attribute" }) {
                let bound = try JinjaSignature("*, attribute, default=").bind(rest, of: arguments.what, line: line)
                return try items.map { try part($0, bound.value("attribute"), default: bound["default"]) }
            }
            guard !rest.positional.isEmpty else { throw arguments.failed("needs the name of a filter or 'attribute'") }
            let filter = try named(rest.positional.removeFirst(), arguments)
            guard JinjaFilters.signatures[filter] != nil else {
                throw JinjaError.unknown(line: line, kind: "filter in 'map'", name: filter)
            }
            var mapped: [JinjaValue] = []
            for item in items { mapped.append(try self.filter(filter, item, rest)) }
            return mapped
        }
        var path: JinjaValue?
        if name.hasSuffix("attr") {
            guard !rest.positional.isEmpty else { throw arguments.failed("needs the name of an attribute") }
            path = rest.positional.removeFirst()
        }
        let test = rest.positional.isEmpty ? nil : try named(rest.positional.removeFirst(), arguments)
        if let test, JinjaTests.signatures[test] == nil {
            throw JinjaError.unknown(line: line, kind: "test in '\(name)'", name: test)
        }
        if test == nil, let surplus = rest.named.first { throw arguments.failed("has no argument '\(surplus.name)'") }
        var chosen: [JinjaValue] = []
        for item in items {
            try charge()
            let subject = try path.map { try part(item, $0) } ?? item
            let holds = try test.map { try self.test($0, subject, rest) } ?? subject.isTrue
            if holds == name.hasPrefix("select") { chosen.append(item) }
        }
        return chosen
    }

    private func named(_ value: JinjaValue, _ arguments: JinjaBoundArguments) throws -> String {
        guard let text = value.text else {
            throw arguments.failed("takes the name of a filter or test, found a value of type \(value.typeName)")
        }
        return text.string
    }
}
