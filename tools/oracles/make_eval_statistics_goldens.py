# Makes Tests/Fixtures/eval/statistics.json: what statsmodels, inspect_ai, SciPy, NumPy, mpmath and Python itself give
# for the statistics and the random draws of XMEval. Where two of them compute the same thing they must agree first.
# Development only: tests read the file. Needs statsmodels, scipy, numpy, mpmath and inspect_ai; run:
#   python tools/oracles/make_eval_statistics_goldens.py
# SPDX-License-Identifier: Apache-2.0

import json
import math
import pathlib
import platform
import random
import statistics

import inspect_ai
import mpmath
import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from inspect_ai.scorer import SampleScore, Score, stderr
from scipy import optimize, special, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint

FILE = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/eval/statistics.json"
rng = np.random.default_rng(7)


def close(a, b, tolerance=1e-12):
    assert math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance), (a, b)
    return float(a)


def python_random():
    cases = []
    for seed in [1234, 0, 42, 2**32 - 1, 2**40 + 5]:
        draws = random.Random(seed)
        case = {"seed": seed, "outputs": [draws.getrandbits(32) for _ in range(700)][::50]}
        draws = random.Random(seed)
        case["samples"] = [{"population": n, "count": k, "indices": draws.sample(range(n), k)}
                           for n, k in [(7473, 5), (7473, 5), (21, 5), (22, 5), (5, 5), (1, 1), (3, 0), (85, 6),
                                        (86, 6), (277, 64), (278, 64), (2000, 33), (1 << 20, 25)]]
        order = list(range(50))
        draws.shuffle(order)
        case["shuffled"] = order
        case["choices"] = [draws.choice(range(n)) for n in [1, 2, 3, 4, 5, 7, 8, 100, 1 << 31]]
        case["bits"] = [draws.getrandbits(count) for count in [1, 2, 7, 31, 32]]
        cases.append(case)
    return cases


def means():
    cases = []
    lists = [[0, 1], [1, 1, 0, 1], rng.integers(0, 2, 500).tolist(), rng.normal(-40, 12, 300).tolist(),
             [1e8 + value for value in rng.normal(0, 1, 100)]]
    for values in lists:
        n = len(values)
        clusters = sorted(rng.integers(0, max(2, n // 6), n).tolist())
        clusters[0], clusters[-1] = -1, 10**6
        scores = [SampleScore(score=Score(value=float(value)), sample_metadata={"passage": cluster})
                  for value, cluster in zip(values, clusters)]
        ols = sm.OLS(np.array(values, dtype=float), np.ones(n)).fit(
            cov_type="cluster", cov_kwds={"groups": np.unique(clusters, return_inverse=True)[1]})
        plain = stats.sem(values)
        close(plain, stderr()(scores))
        # Least squares through the intercept loses digits where the mean is far above the spread.
        tolerance = 1e-12 if abs(np.mean(values)) < 1e6 else 1e-7
        clustered = close(stderr(cluster="passage")(scores), ols.bse[0], tolerance)
        z = stats.norm.ppf(0.975)
        cases.append({"values": values, "clusters": clusters, "mean": math.fsum(values) / n, "error": float(plain),
                      "clustered": clustered, "low": math.fsum(values) / n - z * plain})
    return cases


def pooled():
    """The harness's formulas, and for equal sizes that both agree."""
    cases = []
    for sizes in [[100, 250, 37], [50, 50], [1000] * 5]:
        groups = [rng.integers(0, 2, n) for n in sizes]
        errors = [float(stats.sem(group)) for group in groups]
        n = sum(sizes)
        variance = sum((size - 1) * error**2 * size for size, error in zip(sizes, errors)) / (n - len(sizes))
        pooled_error = math.sqrt(variance / n)
        average_error = math.sqrt(sum(error**2 for error in errors)) / len(sizes)
        if len(set(sizes)) == 1:
            close(pooled_error, average_error)
        cases.append({"sizes": sizes, "means": [float(group.mean()) for group in groups], "errors": errors,
                      "mean": float(np.concatenate(groups).mean()), "error": pooled_error,
                      "average": float(np.mean([group.mean() for group in groups])), "average_error": average_error})
    return cases


def wilson():
    cases = []
    for k, n in [(0, 1), (1, 1), (0, 10), (10, 10), (459, 1172), (49, 164), (6862, 14042), (1, 100000)]:
        for level in [0.9, 0.95, 0.99]:
            low, high = proportion_confint(k, n, alpha=1 - level, method="wilson")
            cases.append({"successes": k, "count": n, "level": level, "low": float(max(low, 0)),
                          "high": float(min(high, 1))})
    return cases


def normal():
    """To more digits than a double has, by mpmath."""
    mpmath.mp.dps = 40
    quantiles = []
    for p in [1e-300, 1e-20, 1e-9, 0.001, 0.025, 0.1, 0.3, 0.5, 0.7, 0.8, 0.975, 0.9999]:
        exact = mpmath.findroot(lambda z: mpmath.log(mpmath.ncdf(z)) - mpmath.log(mpmath.mpf(p)), stats.norm.ppf(p))
        close(float(exact), statistics.NormalDist().inv_cdf(p), 1e-13)
        quantiles.append([p, float(exact)])
    return quantiles


def binomial():
    """Whole numbers over a power of two, rounded once."""
    cases = []
    for n, k, p in [(1, 0, .5), (10, 3, .5), (10, 7, .25), (164, 49, .25), (1172, 320, .25), (1172, 459, .25),
                    (3000, 1400, .5), (3000, 1500, .5), (5000, 60, 1 / 64), (2000, 2000, .5), (2000, 0, .5)]:
        share, scale = p.as_integer_ratio()
        masses = [math.comb(n, i) * share**i * (scale - share)**(n - i) for i in range(n + 1)]
        assert sum(masses) == scale**n
        case = {"trials": n, "k": k, "p": p, "mass": masses[k] / scale**n, "lower": sum(masses[:k + 1]) / scale**n,
                "upper": sum(masses[k:]) / scale**n}
        close(case["lower"], stats.binom.cdf(k, n, p), 1e-11)
        cases.append(case)
    return cases


def paired():
    cases = []
    for n, shift in [(40, .1), (660, .03), (1319, .2), (30, 0)]:
        a = rng.integers(0, 2, n)
        b = np.where(rng.random(n) < shift, 1, a)
        b = np.where(rng.random(n) < .05, 1 - b, b)
        if shift == 0:
            b = a
        table = [[int(((a == i) & (b == j)).sum()) for j in (1, 0)] for i in (1, 0)]
        p = float(mcnemar(table, exact=True).pvalue)
        low, high = sorted((table[0][1], table[1][0]))
        exact = min(1.0, 2 * sum(math.comb(low + high, i) for i in range(low + 1)) / 2**(low + high))
        close(p, exact)
        error = float(stats.sem(b - a))
        z = stats.norm.ppf([0.975, 0.8])
        smallest = float((z[0] + z[1]) * error)
        if error > 0:
            # Statsmodels solves for the same difference; it counts the far tail, of no weight at this power.
            power = NormalIndPower(ddof=0).power(smallest / (error * math.sqrt(n)), n, .05, ratio=0)
            close(power, 0.8, 1e-5)
        cases.append({"a": a.tolist(), "b": b.tolist(), "difference": float((b - a).mean()), "error": error,
                      "better": table[1][0], "worse": table[0][1], "p": exact, "smallest": smallest})
    return cases


def calibration():
    cases = []
    for questions, choices in [(57, 4), (200, 2), (31, 5)]:
        logs = np.round(rng.normal(-8, 1.5, (questions, choices)), 3)
        if choices == 2:
            logs[:40] = -1.0  # confidence 1/2, a bin's edge
        gold = rng.integers(0, choices, questions)
        p = special.softmax(logs, axis=1)
        right = np.eye(choices)[gold]
        top = p.argmax(axis=1)
        case = {"logs": logs.tolist(), "gold": gold.tolist(),
                "brier_questions": float(np.mean(np.sum((p - right)**2, axis=1)))}
        modes = {"all": (p.ravel(), right.ravel()),
                 "top": (p.max(axis=1), (top == gold).astype(float))}
        for mode, (confidence, correct) in modes.items():
            case[f"{mode}_brier"] = float(np.mean((confidence - correct)**2))
            for bins in [10, 15]:
                index = np.searchsorted(np.arange(1, bins) / bins, confidence, side="left")
                mass = np.array_split(np.argsort(confidence, kind="stable"), bins)
                groups = {"width": [np.flatnonzero(index == b) for b in range(bins)], "mass": mass}
                for kind, members in groups.items():
                    parts = [(len(m), float(confidence[m].mean()) if len(m) else 0.0,
                              float(correct[m].mean()) if len(m) else 0.0) for m in members]
                    case[f"{mode}_{kind}_{bins}"] = parts
                    gaps = sum(n * abs(acc - conf) for n, conf, acc in parts)
                    case[f"{mode}_{kind}_{bins}_ece"] = gaps / len(correct)
        cases.append(case)
    return cases


def loss_curves():
    """SciPy's fit, polished by Newton's method at 40 digits."""
    mpmath.mp.dps = 40
    cases = []
    t = np.arange(1, 501)
    for a, b, c, noise in [(-0.575, 1.772, 32.840, 0), (-0.575, 1.772, 32.840, 0.05), (-0.35, 3.1, 12.0, 0.02)]:
        losses = b + (t / c)**a + rng.normal(0, 1, t.size) * noise
        start, _ = optimize.curve_fit(lambda t, a, b, c: b + (t / c)**a, t, losses, p0=[-0.5, losses.min(), 30],
                                      ftol=1e-15, xtol=1e-15, gtol=1e-15)
        logs, exact = [mpmath.log(int(value)) for value in t], [mpmath.mpf(float(value)) for value in losses]

        def gradient(a, b, theta):
            powers = [mpmath.exp(a * (l - theta)) for l in logs]
            rest = [loss - b - power for loss, power in zip(exact, powers)]
            return [mpmath.fsum(r * q * (l - theta) for r, q, l in zip(rest, powers, logs)), mpmath.fsum(rest),
                    mpmath.fsum(r * q for r, q in zip(rest, powers))]

        root = mpmath.findroot(gradient, [start[0], start[1], math.log(start[2])])
        fit = [float(root[0]), float(root[1]), float(mpmath.exp(root[2]))]
        assert np.allclose(fit, start, rtol=1e-6), (fit, start)
        cases.append({"losses": losses.tolist(), "a": fit[0], "b": fit[1], "c": fit[2]})
    return cases


def main():
    FILE.parent.mkdir(parents=True, exist_ok=True)
    versions = {"python": platform.python_version()} | {
        module.__name__: module.__version__ for module in [np, scipy, statsmodels, inspect_ai, mpmath]}
    data = {"versions": versions, "python_random": python_random(), "means": means(), "pooled": pooled(),
            "wilson": wilson(), "normal_quantiles": normal(), "binomial": binomial(), "paired": paired(),
            "calibration": calibration(), "loss_curves": loss_curves(),
            "quantiles": [[p, float(np.quantile([1, 2, 4, 8, 16, 32], p))] for p in [0, .025, .1, .5, .77, .975, 1]]}
    FILE.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE}: {FILE.stat().st_size} bytes", versions)


if __name__ == "__main__":
    main()
