#!/usr/bin/env python3
# Plays ALFWorld games with the original engine and records what it answers, for ALFWorldGoldenTests.
#
#   python3 -m venv venv && venv/bin/pip install "textworld[pddl]==1.7.0" alfworld==0.4.2   # compiles C, minutes
#   venv/bin/python tools/oracles/make_alfworld_goldens.py GAMES OUTPUT [--count 60] [--steps 200] [--seed 1] [--embed]
#
# GAMES is a folder with game.tw-pddl files below it, or one such file. A line of OUTPUT is one game: its path below
# GAMES, and for every step the command, the observation, the number and the SHA-256 of the sorted admissible commands
# (joined by newlines), score and done. Of the commands 70 % are admissible (a verb first, then one of its commands, so
# that "go to" does not drown the rest), 20 % are near misses and 10 % are thoughts. Games are recorded as they end;
# with --embed a line has the game's file too. Tests/Fixtures/eval/alfworld.jsonl: --embed --steps 100, synthetic games,
# Python 3.11, textworld 1.7.0, alfworld 0.4.2, fast_downward_textworld 20.6.4.
# SPDX-License-Identifier: Apache-2.0

import argparse
import hashlib
import json
import os
import random
import sys

import textworld
from textworld.envs.pddl import PddlEnv
from alfworld.agents.environment.alfred_tw_env import AlfredDemangler


def near_miss(command, rng):
    """A command that a model might write in place of `command`."""
    words = command.split(" ")
    kind = rng.randrange(7)
    if kind == 0:
        words[-1] = str(rng.randrange(1, 30))
        return " ".join(words)
    if kind == 1:
        return command.capitalize()
    if kind == 2:
        return command + " "  # stripped, so it counts
    if kind == 3:
        return command.replace("move ", "put ").replace(" to ", " in/on ")
    if kind == 4:
        return "\t" + command + "\r\n"
    if kind == 5:
        return command.replace(" ", "  ", 1)
    return " ".join(words[:-1])


def choose(admissible, rng):
    if rng.random() < 0.1:
        return "think: " + rng.choice(admissible)
    verb = rng.choice(sorted({command.split(" ")[0] for command in admissible}))
    command = rng.choice([command for command in admissible if command.split(" ")[0] == verb])
    return near_miss(command, rng) if rng.random() < 0.2 / 0.9 else command


def digest(commands):
    return hashlib.sha256("\n".join(commands).encode()).hexdigest()


def play(path, steps, rng):
    env = AlfredDemangler(PddlEnv(textworld.EnvInfos(won=True, admissible_commands=True)))
    env.load(path)
    state = env.reset()
    record = {
        "introduction": state.feedback,
        "admissible": state.admissible_commands,
        "steps": [],
    }
    for _ in range(steps):
        command = choose(state.admissible_commands, rng)
        state, score, done = env.step(command)
        admissible = state.admissible_commands
        record["steps"].append([command, state.feedback, len(admissible), digest(admissible), score, bool(done)])
    return record


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("games")
    parser.add_argument("output")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--embed", action="store_true")
    arguments = parser.parse_args()
    paths = [arguments.games] if os.path.isfile(arguments.games) else sorted(
        os.path.join(folder, name)
        for folder, _, names in os.walk(arguments.games) for name in names if name.endswith("game.tw-pddl"))
    random.Random(arguments.seed).shuffle(paths)
    for path in paths[: arguments.count]:
        name = os.path.relpath(path, arguments.games if os.path.isdir(arguments.games) else os.path.dirname(path))
        record = play(path, arguments.steps, random.Random(f"{arguments.seed} {name}"))
        if arguments.embed:
            with open(path) as file:
                record["file"] = json.load(file)
        with open(arguments.output, "a") as output:
            print(json.dumps({"game": name, **record}), file=output)
        print(name, len(record["steps"]), "steps", file=sys.stderr)


main()
