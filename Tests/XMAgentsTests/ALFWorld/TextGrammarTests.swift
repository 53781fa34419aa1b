// The grammar's notation and what is said about grammars that are none.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMAgents

@Suite("TextGrammarTests")
struct TextGrammarTests {
    /// The text of a production in the household's first state.
    static func text(_ rhs: String, condition: String = "") throws -> String {
        let lists =
            ##""list_empty": [{"rhs": "none"}], "list_separator": [{"rhs": ", "}], "##
            + ##""list_last_separator": [{"rhs": ", and "}]"##
        let json = ##"{"x": [{"condition": "\##(condition)", "rhs": "\##(rhs)"}], "y": [{"rhs": "#y#"}], \##(lists)}"##
        let grammar = try TextGrammar("grammar :: \"\"\"\(json)\"\"\";", source: "g")
        let ground = try PDDLStateTests.ground(Household.domain, Household.problem)
        let names = EntityNames.names(of: ground.task.objects.map(\.name))
        let narrator = TextNarrator(
            grammar: grammar, index: FactIndex(ground), names: ground.task.objects.map { names[$0.name] ?? "" })
        return try narrator.text(of: "x", in: PDDLState(ground))
    }

    @Test(
        "texts are made as TextWorld makes them",
        arguments: [
            // White space and comments at the very beginning are lost, later ones are kept.
            (#"\n  a\n b\n"#, "a\n b\n"),
            ("// no\\n\\n  yes", "yes"),
            (" // yes", "// yes"),
            (#"a\\nb"#, "a\nb"),
            ("", ""),
            ("[{f.name | stands(f:furniture, l:place)}]", "chestbasin 1, shelf 2, and shelf 1"),
            ("[{f.name | open(f:furniture)}]", "none"),
            ("{f.name | hasdoor(f:furniture)}!", "chestbasin 1!"),
            ("{f.id + ' is ' + f.type | hasdoor(f:furniture)}", "chest_bar_1_bar_chestbasin is furniture"),
            // Two variables never stand for the same thing.
            (
                "[{a.name + b.name | stands(a:furniture, l:place) & stands(b:furniture, l:place)}]",
                "shelf 2shelf 1, and shelf 1shelf 2"
            ),
            // A query for `object` that is given furniture first finds nothing: types are part of a variable.
            ("[{o.name | in(o:object, f:furniture)}]", "cup 1, spoon 2, and spoon 1"),
            ("[{o.name | not_in(o:object, f:furniture)}]", "none"),
            ("[{o.name | in(o:unknown, f:furniture)}]", "none"),
            ("[{o.name | in(o:object)}]", "none"),
        ])
    func texts(rhs: String, expected: String) throws {
        #expect(try Self.text(rhs) == expected)
    }

    @Test(
        "faults are told with the symbol, the text and the place",
        arguments: [
            ("a } b", "g: the text of 'x', 'a } b', cannot be read from byte 2: '}' has no meaning here"),
            ("a #b", "cannot be read from byte 4: expected the name of a symbol and '#'"),
            ("[{f.name | stands(f:furniture, l:place)}", "expected ']'"),
            ("[f]", "expected '{' after '['"),
            ("{f.name | stands(f", "the query ' stands(f': expected ',' or ')' in 'stands'"),
            ("{f.name | stands f}", "expected '(' after 'stands'"),
            ("{f.name | stands(f) stands(g)}", "expected '&' between its parts"),
            ("{f.noun | open(f)}", "after 'f.' only name, id, type, definite and indefinite are known"),
            ("{f.name +}", "ends where a value is expected"),
            ("{f.name and f.id}", "only '+' and 'or' may join values"),
            ("{f.name}", "g: the variable 'f' stands for nothing here: bind it in the query after '|'"),
            ("#z#", "g: no productions for the symbol '#z#': add them or correct the name"),
            ("#y#", "g: the symbol '#y#' leads to more than 100 nested symbols: it refers to itself"),
        ])
    func faults(rhs: String, expected: String) {
        let error = #expect(throws: GrammarError.self) { try Self.text(rhs) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test("no production that holds is named")
    func noProduction() {
        #expect(throws: GrammarError.noProduction(source: "g", symbol: "x")) {
            try Self.text("a", condition: "open(f:furniture)")
        }
    }

    @Test("a grammar that is cut anywhere is refused with a line, or has fewer actions")
    func cutGrammar() throws {
        let bytes = Array(Household.grammar.utf8)
        let whole = try TextGrammar(Household.grammar).actions.count
        for length in 0..<(bytes.count - 2) {
            do {
                let part = try TextGrammar(String(decoding: bytes[..<length], as: UTF8.self), source: "g")
                #expect(part.actions.count < whole, "\(length)")
            } catch {
                #expect(error.description.utf8.starts(with: "g".utf8), "\(length): \(error)")
            }
        }
    }

    @Test(
        "faults of the outer notation name the line",
        arguments: [
            (
                "action a { template :: \"x\"; }",
                "g, line 1: found the action 'a' without feedback where both is expected"
            ),
            ("\n\nrule a {}", "g, line 3: found 'rule' where 'grammar' or 'action' is expected"),
            (
                "grammar :: \"\"\"[]\"\"\";",
                "g, line 1: the block of productions that begins here is not JSON (the value is no object)"
            ),
            ("grammar :: \"\"\"{\"a\": []}\"\"\";", "the symbol 'a': expected a list of productions"),
            ("grammar :: \"\"\"{\"a\": [{}]}\"\"\";", "the symbol 'a': a production without the text 'rhs'"),
            (
                "action a { template :: \"\"; feedback :: \"\"; }\naction A { template :: \"\"; feedback :: \"\"; }",
                "g, line 2: the action 'A' is described twice"
            ),
        ])
    func outerFaults(text: String, expected: String) {
        let error = #expect(throws: GrammarError.self) { try TextGrammar(text, source: "g") }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }
}
