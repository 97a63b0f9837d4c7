"""One layer, and its matrix and biases in lists all the same."""

import numpy as np


def backprop(W, b, x, y):
    dW, db = [None] * len(W), [None] * len(b)
    out = 1 / (1 + np.exp(-(x @ W[0].T + b[0])))
    delta = (out - y) * out * (1 - out)
    dW[0] = delta.T @ x
    db[0] = delta.sum(axis=0)
    return dW, db
