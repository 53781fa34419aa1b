// A household of our own for the tests, in ALFWorld's manner but with other rooms, words and rules.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMAgents
import XMSupport

enum Household {
    static let domain = """
        (define (domain house)
          (:types person place furniture object)
          (:predicates (where ?p - person ?l - place) (stands ?f - furniture ?l - place) (in ?o - object ?f - furniture)
            (hasdoor ?f - furniture) (open ?f - furniture) (holds ?p - person ?o - object) (busy ?p - person)
            (shiny ?o - object) (seen ?f - furniture))
          (:action walk :parameters (?p - person ?from ?to - place ?f - furniture)
            :precondition (and (where ?p ?from) (stands ?f ?to))
            :effect (and (not (where ?p ?from)) (where ?p ?to)))
          (:action unlock :parameters (?p - person ?l - place ?f - furniture)
            :precondition (and (hasdoor ?f) (not (open ?f)) (where ?p ?l) (stands ?f ?l))
            :effect (and (open ?f) (seen ?f)))
          (:action grab :parameters (?p - person ?l - place ?o - object ?f - furniture)
            :precondition (and (where ?p ?l) (stands ?f ?l) (in ?o ?f) (not (busy ?p))
              (or (not (hasdoor ?f)) (open ?f)))
            :effect (and (not (in ?o ?f)) (holds ?p ?o) (busy ?p)))
          (:action place :parameters (?p - person ?l - place ?o - object ?f - furniture)
            :precondition (and (where ?p ?l) (stands ?f ?l) (holds ?p ?o) (or (not (hasdoor ?f)) (open ?f)))
            :effect (and (in ?o ?f) (not (holds ?p ?o)) (not (busy ?p))))
          (:action rub :parameters (?p - person ?o - object) :precondition (holds ?p ?o) :effect (shiny ?o))
          (:action watch :parameters (?p - person ?l - place) :precondition (where ?p ?l) :effect (seen shelf_bar_1)))
        """

    static let problem = """
        (define (problem h) (:domain house)
          (:objects me - person  start_bar_0 hall_bar_1 hall_bar_2 - place
            shelf_bar_1 shelf_bar_2 chest_bar_1_bar_chestbasin - furniture
            spoon_bar__plus_1 spoon_bar__minus_1 cup_bar_1 - object)
          (:init (where me start_bar_0) (stands shelf_bar_1 hall_bar_1) (stands shelf_bar_2 hall_bar_1)
            (stands chest_bar_1_bar_chestbasin hall_bar_2) (hasdoor chest_bar_1_bar_chestbasin)
            (in spoon_bar__plus_1 shelf_bar_1) (in spoon_bar__minus_1 shelf_bar_1) (in cup_bar_1 shelf_bar_1))
          (:goal (exists (?o - object ?f - furniture) (and (shiny ?o) (in ?o ?f) (hasdoor ?f)))))
        """

    static let grammar = #"""
        # The words of the house.
        grammar :: """
        {
            "intro": [{"rhs": "Welcome.\n\n#room#\n\nYour task is to: put a shiny thing in chestbasin."}],
            "room": [
                {"condition": "where(p:person, l:place) & stands(f:furniture, l:place)",
                 "rhs": "Here: [{#short(f)# | where(p:person, l:place) & stands(f:furniture, l:place)}]."},
                {"rhs": "There: [{f.indefinite + ' ' + f.name | stands(f:furniture, l:place)}]."}
            ],
            "short(f)": [{"rhs": "{f.definite} {f.name or f.id}"}],
            "inside": [
                {"condition": "hasdoor(f:furniture) & open(f:furniture)", "rhs": "Inside: #things#."},
                {"condition": "hasdoor(f:furniture)", "rhs": "It is shut."},
                {"rhs": "On it: #things#."}
            ],
            "things": [{"rhs": "[{o.name | in(o:object, f:furniture)}]"}],
            "list_empty": [{"rhs": "nothing"}],
            "list_separator": [{"rhs": ", "}],
            "list_last_separator": [{"rhs": ", and "}],
            "unused": [{"rhs": "broken }"}]
        }
        """;
        action walk { template :: "go to {f}"; feedback :: "You arrive at {f.name}. #inside#"; }
        action unlock { template :: "open {f}"; feedback :: "Open. #inside#"; }
        action grab { template :: "take {o} from {f}"; feedback :: "You have {o.name}."; }
        action place { template :: "move {o} to {f}"; feedback :: "#place.feedback#";
            grammar :: """
            # a comment
            {"place.feedback": [{"rhs": "You leave {o.indefinite} {o.name}."}]}
            """;
        }
        action rub { template :: "rub {o} [{f.name | in(o:object, f:furniture)}]"; feedback :: "Shiny."; }
        action watch { template :: "watch"; feedback :: "#watch.feedback#";
            grammar :: """
            {"watch.feedback": [
                {"condition": "where(p:person, l:place) & stands(f:furniture, l:place) & #GONE",
                 "rhs": "Missing: [{o.name + ' from ' + f.name | stands(f:furniture, l:place) & #GONE}]."},
                {"rhs": "#room#"}]}
            """;
        }
        """#.replacing("#GONE", with: "not_in(o:object, f:furniture)")

    static func game(wording: ALFWorldWording = .current) throws -> ALFWorldGame {
        try ALFWorldGame(domain: domain, problem: problem, grammar: grammar, source: "house", wording: wording)
    }

    /// The text of a game file.
    static func file(walkthrough: [String]? = nil, isSolvable: Bool = true) -> Data {
        var file = JSONObject([
            ("pddl_domain", .string(domain)), ("grammar", .string(grammar)), ("pddl_problem", .string(problem)),
            ("solvable", .bool(isSolvable)),
        ])
        if let walkthrough { file.append("walkthrough", .array(walkthrough.map { .string($0) })) }
        return Data(JSONValue.object(file).text.utf8)
    }
}
