"""The same likelihoods in plain NumPy and SciPy, from the model instead of its closed forms."""

import numpy as np
from scipy.stats import multivariate_normal, norm

from readkin.kernels.likelihood.posterior import MAX_FOLD


def log_ratio(x_i, x_j, noise_i, noise_j, between) -> float:
    """Log-likelihood ratio of one genome against two, from the densities of both nodes."""
    total = 0.0
    for d, variance in enumerate(between):
        alone = [norm.logpdf(x_i[d], 0, np.sqrt(variance + noise_i[d]))]
        alone.append(norm.logpdf(x_j[d], 0, np.sqrt(variance + noise_j[d])))
        covariance = variance + np.diag([noise_i[d], noise_j[d]])
        total += multivariate_normal.logpdf([x_i[d], x_j[d]], [0, 0], covariance) - sum(alone)
    return total


def log_bayes_factor(group, other, between, settled) -> float:
    """Log Bayes factor of two groups (precision, weighted sum), each as one damped observation."""
    means, noises = [], []
    for precision, weighted in (group, other):
        damped = precision / (1 + settled * precision)
        means.append(weighted / precision)
        noises.append(1 / damped)
    return log_ratio(*means, *noises, between)


def gain(one, other, groups) -> float:
    """Log Bayes factor of two groups (precision, weighted sum, length, nodes), with allowance."""
    parts = []
    for dims in (slice(groups.composition), slice(groups.composition, None)):
        pair = [(precision[dims], weighted[dims]) for precision, weighted, *_ in (one, other)]
        parts.append(log_bayes_factor(*pair, groups.between[dims], groups.settled[dims]))
    bounds = [groups.no_length, groups.full_length]
    allowance = np.interp(min(one[2], other[2]), bounds, [0, groups.allowance])
    within = [groups.ties[np.ix_(nodes, nodes)].sum() for *_, nodes in (one, other)]
    of_all = [groups.ties[nodes].sum() for *_, nodes in (one, other)]
    if all(a >= groups.separate * b for a, b in zip(within, of_all, strict=True)):
        allowance = 0
    return parts[1] + (parts[0] if parts[0] > 0 else min(0, parts[0] + allowance))


def merged_groups(groups, forbidden) -> np.ndarray:
    """Merge the best pair again and again, with all pairs computed each time."""
    n = len(groups.length)
    merged = np.arange(n)
    alive = {
        i: (groups.precision[i].copy(), groups.weighted[i].copy(), groups.length[i], [i])
        for i in range(n)
    }
    forbidden = {(i, j) for i, j in zip(*np.nonzero(forbidden), strict=True)}
    while True:
        best, pair = 1e-9, None
        for i in sorted(alive):
            for j in sorted(alive):
                if i < j and (i, j) not in forbidden:
                    one, other = alive[i], alive[j]
                    value = gain(one, other, groups)
                    if value > best + 1e-9:
                        best, pair = value, (i, j)
        if pair is None:
            return merged
        i, j = pair
        absorbed = alive.pop(j)
        alive[i] = tuple(a + b for a, b in zip(alive[i], absorbed, strict=True))
        for k in range(n):
            if (j, k) in forbidden:
                forbidden |= {(i, k), (k, i)}
        merged[merged == j] = i


def posterior(x, noise, outlying, model) -> np.ndarray:
    """Posterior of all genomes of one piece; the last value is that of none of them."""
    log_p = []
    means = [*model.mean, np.zeros_like(x)]
    spreads = [*model.spread, model.between]
    for mean, spread, prior in zip(
        means, spreads, [*model.log_prior, model.log_outside], strict=True
    ):
        deviation = np.sqrt(noise + spread)
        densities = norm.logpdf(x, mean, deviation)
        if model.depth >= 0:
            inside = np.exp(densities[model.depth])
            mixed = (1 - outlying) * inside + outlying / (2 * np.log(MAX_FOLD))
            densities[model.depth] = np.log(mixed)
        log_p.append(prior + densities.sum())
    p = np.exp(np.array(log_p) - max(log_p))
    return p / p.sum()
