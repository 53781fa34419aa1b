// The rules and the words of synthetic games: the fifteen actions of ALFWorld and its answers, so that what is learnt
// here holds there. HouseholdGenerator furnishes the rooms.
// SPDX-License-Identifier: Apache-2.0

enum HouseholdLogic {
    /// `object` is the type of everything, as in ALFWorld: kinds of it are told apart by facts.
    static let domain = """
        (define (domain household)
          (:requirements :adl :typing)
          (:types agent location receptacle object rtype otype)
          (:predicates
            (atLocation ?a - agent ?l - location)
            (receptacleAtLocation ?r - receptacle ?l - location)
            (objectAtLocation ?o - object ?l - location)
            (inReceptacle ?o - object ?r - receptacle)
            (receptacleType ?r - receptacle ?t - rtype)
            (objectType ?o - object ?t - otype)
            (canContain ?rt - rtype ?ot - otype)
            (openable ?r - receptacle) (opened ?r - receptacle) (checked ?x - object)
            (pickupable ?o - object) (holds ?a - agent ?o - object) (holdsAny ?a - agent)
            (cleanable ?o - object) (heatable ?o - object) (coolable ?o - object) (sliceable ?o - object)
            (toggleable ?o - object) (isReceptacleObject ?o - object) (inReceptacleObject ?in ?out - object)
            (isClean ?o - object) (isHot ?o - object) (isCool ?o - object) (isSliced ?o - object)
            (isOn ?o - object) (isToggled ?o - object))
          (:action look :parameters (?a - agent ?l - location)
            :precondition (atLocation ?a ?l) :effect (checked ?l))
          (:action inventory :parameters (?a - agent) :precondition () :effect (checked ?a))
          (:action help :parameters (?a - agent) :precondition () :effect (checked ?a))
          (:action examineReceptacle :parameters (?a - agent ?r - receptacle)
            :precondition (exists (?l - location) (and (atLocation ?a ?l) (receptacleAtLocation ?r ?l)))
            :effect (checked ?r))
          (:action examineObject :parameters (?a - agent ?o - object)
            :precondition (holds ?a ?o) :effect (checked ?o))
          (:action GotoLocation :parameters (?a - agent ?lStart - location ?lEnd - location ?r - receptacle)
            :precondition (and (atLocation ?a ?lStart) (receptacleAtLocation ?r ?lEnd))
            :effect (and (not (atLocation ?a ?lStart)) (atLocation ?a ?lEnd)))
          (:action OpenObject :parameters (?a - agent ?l - location ?r - receptacle)
            :precondition (and (openable ?r) (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (not (opened ?r)))
            :effect (and (opened ?r) (checked ?r)))
          (:action CloseObject :parameters (?a - agent ?l - location ?r - receptacle)
            :precondition (and (openable ?r) (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (opened ?r))
            :effect (not (opened ?r)))
          (:action PickupObject :parameters (?a - agent ?l - location ?o - object ?r - receptacle)
            :precondition (and (pickupable ?o) (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (inReceptacle ?o ?r)
              (not (holdsAny ?a)) (or (not (openable ?r)) (opened ?r)))
            :effect (and (not (inReceptacle ?o ?r)) (not (objectAtLocation ?o ?l)) (holds ?a ?o) (holdsAny ?a)))
          (:action PutObject
            :parameters (?a - agent ?l - location ?o - object ?r - receptacle ?ot - otype ?rt - rtype)
            :precondition (and (holds ?a ?o) (atLocation ?a ?l) (receptacleAtLocation ?r ?l)
              (or (not (openable ?r)) (opened ?r)) (objectType ?o ?ot) (receptacleType ?r ?rt) (canContain ?rt ?ot))
            :effect (and (inReceptacle ?o ?r) (objectAtLocation ?o ?l) (not (holds ?a ?o)) (not (holdsAny ?a))))
          (:action CleanObject :parameters (?a - agent ?l - location ?r - receptacle ?o - object)
            :precondition (and (cleanable ?o) (receptacleType ?r SinkBasinType) (atLocation ?a ?l)
              (receptacleAtLocation ?r ?l) (holds ?a ?o))
            :effect (isClean ?o))
          (:action HeatObject :parameters (?a - agent ?l - location ?r - receptacle ?o - object)
            :precondition (and (heatable ?o) (receptacleType ?r MicrowaveType) (atLocation ?a ?l)
              (receptacleAtLocation ?r ?l) (holds ?a ?o))
            :effect (and (isHot ?o) (not (isCool ?o))))
          (:action CoolObject :parameters (?a - agent ?l - location ?r - receptacle ?o - object)
            :precondition (and (coolable ?o) (receptacleType ?r FridgeType) (atLocation ?a ?l)
              (receptacleAtLocation ?r ?l) (holds ?a ?o))
            :effect (and (isCool ?o) (not (isHot ?o))))
          (:action ToggleObject :parameters (?a - agent ?l - location ?o - object ?r - receptacle)
            :precondition (and (toggleable ?o) (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (inReceptacle ?o ?r))
            :effect (and (when (isOn ?o) (not (isOn ?o))) (when (not (isOn ?o)) (isOn ?o)) (isToggled ?o)))
          (:action SliceObject :parameters (?a - agent ?l - location ?co - object ?ko - object)
            :precondition (and (sliceable ?co) (or (objectType ?ko KnifeType) (objectType ?ko ButterKnifeType))
              (atLocation ?a ?l) (objectAtLocation ?co ?l) (holds ?a ?ko))
            :effect (isSliced ?co)))
        """

    /// The current wording (`ALFWorldWording.current`); `TASK` stands for the task's sentence.
    static let grammar = #"""
        grammar :: """
        {
            "intro": [{"rhs": "-= Welcome to TextWorld, ALFRED! =-\n\n#look.feedback#\n\nYour task is to: TASK."}],
            "look.feedback": [
                {"condition": "atlocation(a:agent, l:location) & receptacleatlocation(r:receptacle, l:location)",
                 "rhs": "You are facing the #here#. Next to it, you see #floor#."},
                {"rhs": "You are in the middle of a room. Looking quickly around you, you see #furniture#."}
            ],
            "here": [{"rhs":
                "[{r.name | atlocation(a:agent, l:location) & receptacleatlocation(r:receptacle, l:location)}]"}],
            "floor": [{"rhs": "[{o.indefinite + ' ' + o.name | #QUERY}]"}],
            "furniture": [{"rhs": "[{r.indefinite + ' ' + r.name | receptacleatlocation(r:receptacle, l:location)}]"}],
            "contents": [{"rhs": "[{o.indefinite + ' ' + o.name | inreceptacle(o:object, r:receptacle)}]"}],
            "inside": [{"rhs": "[{p.indefinite + ' ' + p.name | inreceptacleobject(p:object, o:object)}]"}],
            "list_empty": [{"rhs": "nothing"}],
            "list_separator": [{"rhs": ", "}],
            "list_last_separator": [{"rhs": ", and "}],
            "receptacle": [
                {"condition": "openable(r:receptacle) & opened(r:receptacle)",
                 "rhs": "The {r.name} is open. In it, you see #contents#."},
                {"condition": "openable(r:receptacle)", "rhs": "The {r.name} is closed."},
                {"rhs": "On the {r.name}, you see #contents#."}
            ],
            "object": [
                {"condition": "isreceptacleobject(o:object)",
                 "rhs": "This is a normal {o.name}. In it, you see #inside#."},
                {"condition": "isclean(o:object) & ishot(o:object) & issliced(o:object)",
                 "rhs": "This is a hot and clean sliced {o.name}."},
                {"condition": "isclean(o:object) & iscool(o:object) & issliced(o:object)",
                 "rhs": "This is a cool and clean sliced {o.name}."},
                {"condition": "isclean(o:object) & issliced(o:object)", "rhs": "This is a clean sliced {o.name}."},
                {"condition": "ishot(o:object) & issliced(o:object)", "rhs": "This is a hot sliced {o.name}."},
                {"condition": "iscool(o:object) & issliced(o:object)", "rhs": "This is a cool sliced {o.name}."},
                {"condition": "isclean(o:object) & ishot(o:object)", "rhs": "This is a hot and clean {o.name}."},
                {"condition": "isclean(o:object) & iscool(o:object)", "rhs": "This is a cool and clean {o.name}."},
                {"condition": "ishot(o:object)", "rhs": "This is a hot {o.name}."},
                {"condition": "isclean(o:object)", "rhs": "This is a clean {o.name}."},
                {"condition": "iscool(o:object)", "rhs": "This is a cold {o.name}."},
                {"condition": "sliceable(o:object) & issliced(o:object)", "rhs": "This is a sliced {o.name}."},
                {"rhs": "There's nothing special about {o.name}."}
            ],
            "inventory.feedback": [
                {"condition": "holdsany(a:agent)",
                 "rhs": "You are carrying: [{o.indefinite + ' ' + o.name | holds(a:agent, o:object)}]."},
                {"rhs": "You are not carrying anything."}
            ]
        }
        """;
        action look { template :: "look"; feedback :: "#look.feedback#"; }
        action inventory { template :: "inventory"; feedback :: "#inventory.feedback#"; }
        action help { template :: "help"; feedback :: "Commands: look, inventory, go to (receptacle), open \#
        (receptacle), close (receptacle), take (object) from (receptacle), move (object) to (receptacle), examine (something), \#
        use (object), heat (object) with (receptacle), clean (object) with (receptacle), cool (object) with \#
        (receptacle), slice (object) with (object)"; }
        action examineReceptacle { template :: "examine {r}"; feedback :: "#receptacle#"; }
        action examineObject { template :: "examine {o}"; feedback :: "#object#"; }
        action GotoLocation { template :: "go to {r}"; feedback :: "You arrive at {r.name}. #receptacle#"; }
        action OpenObject { template :: "open {r}"; feedback :: "You open the {r.name}. #receptacle#"; }
        action CloseObject { template :: "close {r}"; feedback :: "You close the {r.name}."; }
        action PickupObject { template :: "take {o} from {r}";
            feedback :: "You pick up the {o.name} from the {r.name}."; }
        action PutObject { template :: "move {o} to {r}"; feedback :: "You move the {o.name} to the {r.name}."; }
        action CleanObject { template :: "clean {o} with {r}";
            feedback :: "You clean the {o.name} using the {r.name}."; }
        action HeatObject { template :: "heat {o} with {r}";
            feedback :: "You heat the {o.name} using the {r.name}."; }
        action CoolObject { template :: "cool {o} with {r}";
            feedback :: "You cool the {o.name} using the {r.name}."; }
        action ToggleObject { template :: "use {o}"; feedback :: "You turn on the {o.name}."; }
        action SliceObject { template :: "slice {co} with {ko}";
            feedback :: "You sliced the {co.name} with the {ko.name}."; }
        """#.exchanging(
            "#QUERY",
            for: "atlocation(a:agent, l:location) & objectatlocation(o:object, l:location) & "
                + "receptacleatlocation(r:receptacle, l:location) & not_inreceptacle(o:object, r:receptacle)")
}
