# Network: 3-2-2, identity in both layers, a bias for each neuron. Loss: half squared error, summed over samples.
# All parameters in one vector: W1, W2, b1, b2.
import numpy as np

SIZES = (3, 2, 2)


def grad(theta, X, Y):
    n0, n1, n2 = SIZES
    W1 = theta[: n1 * n0].reshape(n1, n0)
    W2 = theta[n1 * n0 : n1 * n0 + n2 * n1].reshape(n2, n1)
    b1, b2 = theta[-n1 - n2 : -n2], theta[-n2:]
    H = X @ W1.T + b1
    D2 = H @ W2.T + b2 - Y
    D1 = D2 @ W2
    return np.concatenate([(D1.T @ X).ravel(), (D2.T @ H).ravel(), D1.sum(axis=0), D2.sum(axis=0)])
