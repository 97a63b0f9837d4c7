# Network: sigmoid in both layers of 3 and 2 neurons on 4 inputs, a bias for each neuron. Loss: half squared error,
# mean over samples. All parameters in one vector: W1, b1, W2, b2; cost and gradient come back together.
import numpy as np

N_IN, N_HIDDEN, N_OUT = 4, 3, 2


def unpack(theta):
    end1 = N_HIDDEN * N_IN
    end2 = end1 + N_HIDDEN
    end3 = end2 + N_OUT * N_HIDDEN
    return (
        theta[:end1].reshape(N_HIDDEN, N_IN),
        theta[end1:end2],
        theta[end2:end3].reshape(N_OUT, N_HIDDEN),
        theta[end3:],
    )


def cost_and_gradient(theta, X, y):
    W1, b1, W2, b2 = unpack(theta)
    m = len(X)
    a1 = 1 / (1 + np.exp(-(X @ W1.T + b1)))
    a2 = 1 / (1 + np.exp(-(a1 @ W2.T + b2)))
    J = 0.5 * np.sum((a2 - y) ** 2) / m
    d2 = (a2 - y) * a2 * (1 - a2) / m
    d1 = (d2 @ W2) * a1 * (1 - a1)
    grad = np.concatenate([(d1.T @ X).ravel(), d1.sum(axis=0), (d2.T @ a1).ravel(), d2.sum(axis=0)])
    return J, grad
