# Network: sigmoid in both layers, a bias for each neuron. Loss: half squared error, summed over samples.
# The simplest form: one function, parameters and gradient in dictionaries, rows are neurons.
import numpy as np


def gradients(parameters, x, t):
    w1, b1, w2, b2 = (parameters[key] for key in ("W1", "b1", "W2", "b2"))
    h = 1 / (1 + np.exp(-(x @ w1.T + b1)))
    y = 1 / (1 + np.exp(-(h @ w2.T + b2)))
    d2 = (y - t) * y * (1 - y)
    d1 = d2 @ w2 * h * (1 - h)
    return {"W1": d1.T @ x, "b1": d1.sum(axis=0), "W2": d2.T @ h, "b2": d2.sum(axis=0)}
