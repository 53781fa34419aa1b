// Small planning problems of our own for the tests: they use every construct that the reader knows.
// SPDX-License-Identifier: Apache-2.0

enum Blocks {
    /// Crates that are stacked by a crane and painted; everything that ALFWorld's domain does not use, too.
    static let domain = """
        ; A yard with crates.
        (define (domain yard)
          (:requirements :adl :typing :derived-predicates)
          (:types crate truck - thing  box barrel - crate  spot)
          (:constants ground - spot)
          (:predicates (on ?a ?b) (clear ?a) (at ?t - thing ?s - spot) (painted ?c - crate) (wet ?c - crate)
            (red ?c - crate) (above ?a ?b - crate) (raining) (bottom ?c - crate))
          (:functions (total-cost) - number)
          (:derived (above ?a ?b - crate)
            (or (on ?a ?b) (exists (?m - crate) (and (on ?a ?m) (on ?m ?b)))))
          (:action stack
            :parameters (?a ?b - crate)
            :precondition (and (clear ?a) (clear ?b) (not (= ?a ?b)) (not (above ?a ?b)) (bottom ?a)
              (exists (?s - spot) (and (at ?a ?s) (at ?b ?s))))
            :effect (and (on ?a ?b) (not (clear ?b)) (not (bottom ?a)) (increase (total-cost) 1)))
          (:action unstack
            :parameters (?a - crate)
            :precondition (and (clear ?a) (exists (?b - crate) (on ?a ?b)))
            :effect (and (bottom ?a) (forall (?b - crate) (when (on ?a ?b) (and (not (on ?a ?b)) (clear ?b))))))
          (:action move
            :parameters (?t - thing ?from ?to - spot)
            :precondition (and (at ?t ?from) (imply (painted ?t) (not (wet ?t)))
              (forall (?c - crate) (and (not (on ?t ?c)) (not (on ?c ?t)))))
            :effect (and (not (at ?t ?from)) (at ?t ?to)))
          (:action paint
            :parameters (?c - (either box barrel))
            :precondition (or (not (painted ?c)) (raining))
            :effect (and (painted ?c) (wet ?c) (when (raining) (not (painted ?c)))
              (when (red ?c) (not (red ?c))) (when (not (red ?c)) (red ?c))))
          (:action rain :precondition () :effect (and (raining) (forall (?c - crate) (wet ?c))))
          (:action dry :parameters () :precondition (raining)
            :effect (and (not (raining)) (forall (?c - crate) (when (not (painted ?c)) (not (wet ?c)))))))
        """

    static let problem = """
        (define (problem yard-1) (:domain yard)
          (:objects b1 b2 - box  k1 - barrel  t1 - truck  gate - spot  spare - thing)
          (:init (clear b1) (clear b2) (clear k1) (bottom b1) (bottom b2) (bottom k1) (red k1)
            (at b1 ground) (at b2 ground) (at k1 gate) (at t1 gate) (= (total-cost) 0))
          (:goal (and (exists (?x ?y - crate) (and (on ?x ?y) (painted ?x) (not (= ?x ?y))))
            (forall (?c - crate) (or (not (wet ?c)) (red ?c))))))
        """
}
