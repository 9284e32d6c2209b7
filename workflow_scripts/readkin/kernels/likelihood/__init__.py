"""Likelihoods of "one genome" and "two genomes" under a model of Gaussian dimensions.

A node i has coordinates x with independent errors of variance w: x ~ N(m, w), where m is that of
its genome, and m ~ N(0, l) over genomes. In terms of s = x / w and A = 1 + l / w the logarithm of
the likelihood ratio of one genome against two is a sum over dimensions of

    1/2 [ ln(A_i A_j / C) + l (s_i + s_j)^2 / C - l s_i^2 / A_i - l s_j^2 / A_j ]

with C = A_i + A_j - 1.
"""
