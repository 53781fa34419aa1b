// The filters of sequences: parts, order, sums, and those that apply another filter or a test to each item.
// As in Python, some give a list and some an iterator, which is true however few items it has and ends when it was gone
// through.
// SPDX-License-Identifier: Apache-2.0

extension JinjaEvaluator {
    mutating func sequence(
        _ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments
    ) throws -> JinjaValue {
        switch name {
        case "map", "select", "reject", "selectattr", "rejectattr":
            return makeIterator(try each(name, value, arguments))
        case "dictsort": return try sortedPairs(value, arguments)
        case "first":
            if case .iterator(let number) = value {
                guard let first = iterators[number].first else { break }
                iterators[number].removeFirst()
                return first
            }
        case "last", "length", "count":
            if case .iterator = value { throw failed("'\(name)' of a generator; make it a list first") }
        default: break
        }
        let items = try iterate(value)
        switch name {
        case "first": return items.first ?? .undefined(name: "first item of an empty sequence")
        case "last": return items.last ?? .undefined(name: "last item of an empty sequence")
        case "length", "count": return .int(items.count)
        case "reverse":
            switch value {
            case .string: return .string(items.reversed().map(\.pythonText).joined())
            case .iterator: return .list(items.reversed())
            default: return makeIterator(items.reversed())
            }
        case "sort":
            let isReversed = arguments.value(0, "reverse")?.isTrue == true
            let keys = try keys(
                of: items, attribute: arguments.value(2, "attribute"),
                caseSensitive: arguments.value(1, "case_sensitive"))
            return .list(try order(keys, reversed: isReversed).map { items[$0] })
        case "unique":
            let keys = try keys(
                of: items, attribute: arguments.value(1, "attribute"),
                caseSensitive: arguments.value(0, "case_sensitive"))
            var places: [Int] = []
            for place in items.indices {
                try charge(.list(keys))
                if !places.contains(where: { keys[$0] == keys[place] }) { places.append(place) }
            }
            return makeIterator(places.map { items[$0] })
        case "min", "max":
            let keys = try keys(
                of: items, attribute: arguments.value(1, "attribute"),
                caseSensitive: arguments.value(0, "case_sensitive"))
            var best = 0
            for place in items.indices.dropFirst() {
                let (left, right) = name == "min" ? (keys[place], keys[best]) : (keys[best], keys[place])
                if try isLess(left, right, "<") { best = place }
            }
            return items.isEmpty ? .undefined(name: "\(name) of an empty sequence") : items[best]
        case "sum":
            var total = arguments.value(1, "start") ?? .int(0)
            for item in items {
                total = try binary(.add, total, try arguments.value(0, "attribute").map { try part(item, $0) } ?? item)
            }
            return total
        default: return .list(items)
        }
    }

    /// What items are ordered by: an attribute or themselves, strings in small letters unless `caseSensitive`.
    private func keys(
        of items: [JinjaValue], attribute: JinjaValue?, caseSensitive: JinjaValue?
    ) throws -> [JinjaValue] {
        try items.map { item in
            let key = try attribute.flatMap { $0 == .none ? nil : try part(item, $0) } ?? item
            guard caseSensitive?.isTrue != true, case .string(let text) = key else { return key }
            return .string(text.lowercased())
        }
    }

    /// Places of the keys in their order; equal ones stay as they stand.
    private mutating func order(_ keys: [JinjaValue], reversed: Bool) throws -> [Int] {
        for _ in keys { try charge(.list(keys)) }
        return try keys.indices.sorted { left, right in
            let (a, b) = reversed ? (keys[right], keys[left]) : (keys[left], keys[right])
            return try isLess(a, b, "<") || !isLess(b, a, "<") && left < right
        }
    }

    /// The entries of a mapping in the order of their keys, or with `by` of their values.
    private mutating func sortedPairs(_ value: JinjaValue, _ arguments: JinjaCallArguments) throws -> JinjaValue {
        guard case .dict(let dict) = value else {
            throw failed("'dictsort' of a \(value.typeName); it takes a mapping")
        }
        let place = arguments.value(1, "by")?.text == "value" ? 1 : 0
        let keys = try keys(
            of: dict.pairs, attribute: .int(place), caseSensitive: arguments.value(0, "case_sensitive"))
        let order = try order(keys, reversed: arguments.value(2, "reverse")?.isTrue == true)
        return .list(order.map { dict.pairs[$0] })
    }

    /// The part of an item that an attribute path ("function.name") or an index names.
    func part(_ item: JinjaValue, _ path: JinjaValue) throws -> JinjaValue {
        guard let text = path.text else {
            guard case .list(let list) = item, let index = path.integer, list.items.indices.contains(index) else {
                return .undefined(name: path.pythonText)
            }
            return list.items[index]
        }
        var value = item
        for name in PythonText.split(text, ".", limit: -1) {
            switch value {
            case .dict(let dict): value = dict[name] ?? .undefined(name: name)
            case .list(let list):
                value =
                    Int(name).flatMap { list.items.indices.contains($0) ? list.items[$0] : nil }
                    ?? .undefined(name: name)
            case .undefined(let missing): throw failed("'\(missing)' is undefined, so it has no '\(name)'")
            default: value = .undefined(name: name)
            }
        }
        return value
    }

    /// Filters that apply another filter, or a test, to each item.
    private mutating func each(
        _ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments
    ) throws -> [JinjaValue] {
        // Jinja does not look into what is false, so `none | selectattr(...)` is empty.
        let items = value.isTrue ? try iterate(value) : []
        var rest = arguments
        if name == "map" {
            if let path = arguments.named.first(where: { $0.name == "attribute" })?.value {
                let standard = arguments.named.first { $0.name == "default" }?.value
                return try items.map { item in
                    let value = try part(item, path)
                    if case .undefined = value, let standard { return standard }
                    return value
                }
            }
            guard let filter = arguments.positional.first?.text, JinjaFilters.names.contains(filter) else {
                let found = arguments.positional.first?.pythonText ?? "nothing"
                throw JinjaError.unknown(line: line, kind: "filter in 'map'", name: found)
            }
            rest.positional.removeFirst()
            var mapped: [JinjaValue] = []
            for item in items { mapped.append(try self.filter(filter, item, rest)) }
            return mapped
        }
        var path: JinjaValue?
        if name.hasSuffix("attr") {
            guard !rest.positional.isEmpty else { throw failed("'\(name)' takes the name of an attribute") }
            path = rest.positional.removeFirst()
        }
        let test = rest.positional.isEmpty ? nil : rest.positional.removeFirst().pythonText
        if let test, !JinjaTests.names.contains(test) {
            throw JinjaError.unknown(line: line, kind: "test in '\(name)'", name: test)
        }
        var chosen: [JinjaValue] = []
        for item in items {
            try charge()
            let subject = try path.map { try part(item, $0) } ?? item
            let holds = try test.map { try self.test($0, subject, rest.positional) } ?? subject.isTrue
            if holds == name.hasPrefix("select") { chosen.append(item) }
        }
        return chosen
    }
}
