// Attributes, items and slices with Jinja's rules: a missing one is undefined, and using an undefined value is an
// error. An attribute of a Python type that this interpreter does not support is an error that names it.
// SPDX-License-Identifier: Apache-2.0

extension JinjaEvaluator {
    /// `object.name`: an attribute, or else an item.
    func attribute(_ object: JinjaValue, _ name: JinjaText) throws -> JinjaValue {
        if let value = try ownAttribute(object, name.string) { return value }
        if case .dict(let dict) = object, let value = dict[.string(name)] { return value }
        return .undefined(name: name.string)
    }

    /// nil if the type has no such attribute.
    func ownAttribute(_ object: JinjaValue, _ name: String) throws -> JinjaValue? {
        if case .undefined(let missing) = object { throw failed("'\(missing)' is undefined, so it has no '\(name)'") }
        if case .namespace(let index) = object { return namespaces[index][name] }
        // Jinja's sandbox makes these, and mutating methods, undefined.
        if name.utf8.starts(with: "__".utf8), name.utf8.reversed().starts(with: "__".utf8) {
            return .undefined(name: name)
        }
        if JinjaMethods.isChanging(object, name) { return .undefined(name: name) }
        if JinjaMethods.signature(of: name, on: object) != nil { return .method(object, name) }
        switch (object, name) {
        case (.loop(let number), _): return attribute(ofLoop: number, name)
        case (.macro(let index), "name"): return .string(macros[index].macro.name)
        case (.macro(let index), "arguments"): return .tuple(macros[index].macro.parameters.map { .string($0.name) })
        case (.macro(let index), "catch_kwargs"): return .bool(macros[index].macro.special.contains("kwargs"))
        case (.macro(let index), "catch_varargs"): return .bool(macros[index].macro.special.contains("varargs"))
        case (.macro(let index), "caller"): return .bool(macros[index].macro.special.contains("caller"))
        case (.list(let list), "grouper") where list.kind == .group: return list.items[0]
        case (.list(let list), "list") where list.kind == .group: return list.items[1]
        case (.list(let list), "start"), (.list(let list), "stop"), (.list(let list), "step"):
            guard case .range(let start, let stop, let step) = list.kind else { return nil }
            return .int(name == "start" ? start : name == "stop" ? stop : step)
        case (.int, "real"), (.int, "numerator"), (.bool, "real"), (.bool, "numerator"):
            return .int(object.integer ?? 0)
        case (.int, "imag"), (.bool, "imag"): return .int(0)
        case (.int, "denominator"), (.bool, "denominator"): return .int(1)
        case (.double, "real"): return object
        case (.double, "imag"): return .double(0)
        default:
            guard !JinjaMethods.isUnsupported(name, on: object) else {
                throw JinjaError.unknown(line: line, kind: "attribute of \(object.typeName)", name: name)
            }
            return nil
        }
    }

    /// `object[key]`: an item, or else an attribute.
    func item(_ object: JinjaValue, _ key: JinjaValue) throws -> JinjaValue {
        func place(_ count: Int) -> Int? {
            guard let index = key.integer else { return nil }
            let place = index < 0 ? index &+ count : index
            return (0..<count).contains(place) ? place : nil
        }
        switch object {
        case .undefined(let name): throw failed("'\(name)' is undefined, so it has no items")
        case .list(let list) where list.isIndexed:
            if let place = place(list.items.count) { return list.items[place] }
        case .string(let text):
            if let place = place(text.count) { return .string(text.with([text.points[place]])) }
        case .dict(let dict):
            if let value = dict[key] { return value }
        default: break
        }
        // A missing item may be an attribute: `message['items']` without such a key is the method.
        if let name = key.text, let value = try ownAttribute(object, name.string) { return value }
        return .undefined(name: key.text?.string ?? "item \(key.pythonText.string)")
    }

    mutating func slice(
        _ object: JinjaValue, _ start: JinjaValue?, _ end: JinjaValue?, _ step: JinjaValue?
    ) throws -> JinjaValue {
        try charge(object)
        func bound(_ value: JinjaValue?) throws -> Int? {
            guard let value, !value.isNone else { return nil }
            guard let number = value.integer else { throw failed("a slice with a \(value.typeName)") }
            return number
        }
        let stride = try bound(step) ?? 1
        guard stride != 0 else { throw failed("a slice with step 0") }
        let (first, last) = (try bound(start), try bound(end))
        func indices(_ count: Int) -> [Int] {
            // Clamping to `count` changes nothing and avoids overflow.
            PythonText.sliceIndices(first, last, min(max(stride, -count - 1), count + 1), count: count)
        }
        switch object {
        case .list(let list) where list.isIndexed:
            let items = indices(list.items.count).map { list.items[$0] }
            guard case .range(let from, _, let by) = list.kind else {
                return .list(JinjaList(items, kind: list.kind == .list ? .list : .tuple))
            }
            // A slice of a range is a range, with the bounds that Python computes.
            let count = list.items.count
            let (lowest, highest) = stride > 0 ? (0, count) : (-1, count - 1)
            func place(_ bound: Int?, _ standard: Int) -> Int {
                guard let bound else { return standard }
                return min(max(bound < 0 ? max(bound, -count - 1) + count : bound, lowest), highest)
            }
            let begin = place(first, stride > 0 ? lowest : highest)
            let stop = place(last, stride > 0 ? highest : lowest)
            func number(_ place: Int) throws -> Int {
                let (offset, overflow) = place.multipliedReportingOverflow(by: by)
                let (number, carry) = from.addingReportingOverflow(offset)
                guard !overflow, !carry else { throw failed("a slice of a range beyond 64 bits") }
                return number
            }
            let (step, overflow) = by.multipliedReportingOverflow(by: stride)
            guard !overflow else { throw failed("a slice of a range beyond 64 bits") }
            return .list(
                JinjaList(items, kind: .range(start: try number(begin), stop: try number(stop), step: step)))
        case .string(let text): return .string(text.with(indices(text.count).map { text.points[$0] }))
        case .undefined(let name): throw failed("'\(name)' is undefined")
        default: throw failed("a value of type \(object.typeName) has no slices")
        }
    }

    /// The member of an item selected by an attribute path ("function.name") or an index.
    func part(_ item: JinjaValue, _ path: JinjaValue, default standard: JinjaValue? = nil) throws -> JinjaValue {
        guard let text = path.text else {
            guard path.integer != nil else {
                throw failed("an attribute is named by a string or a whole number, found \(path.typeName)")
            }
            return try self.item(item, path)
        }
        var value = item
        for name in text.split(".") {
            let key: JinjaValue =
                name.holds("isdigit")
                ? (try? JinjaNumbers.whole(name, base: 10)).map { .int($0) } ?? .string(name) : .string(name)
            value = try self.item(value, key)
            if value.isUndefined, let standard, !standard.isNone { value = standard }
        }
        return value
    }
}
