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


def merged_groups(precision, weighted, between, settled, forbidden) -> np.ndarray:
    """Merge the best pair again and again, with all pairs computed anew."""
    merged = np.arange(len(precision))
    groups = {i: (precision[i].copy(), weighted[i].copy()) for i in range(len(precision))}
    forbidden = {(i, j) for i, j in zip(*np.nonzero(forbidden), strict=True)}
    while True:
        best, pair = 1e-9, None
        for i in sorted(groups):
            for j in sorted(groups):
                if i < j and (i, j) not in forbidden:
                    value = log_bayes_factor(groups[i], groups[j], between, settled)
                    if value > best + 1e-9:
                        best, pair = value, (i, j)
        if pair is None:
            return merged
        i, j = pair
        precision_j, weighted_j = groups.pop(j)
        groups[i] = (groups[i][0] + precision_j, groups[i][1] + weighted_j)
        for k in range(len(precision)):
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
