"""The rate and the factor of a penalty are in a class of settings. Samples are rows, biases are columns."""

import numpy as np


class Config:
    epsilon = 0.01
    reg_lambda = 0.1


def build_model(X, y, nn_hdim, num_passes=20000):
    W1 = np.random.randn(nn_hdim, X.shape[1])
    b1 = np.zeros((nn_hdim, 1))
    W2 = np.random.randn(y.shape[1], nn_hdim)
    b2 = np.zeros((y.shape[1], 1))
    for _ in range(num_passes):
        a1 = np.tanh(X.dot(W1.T) + b1.T)
        a2 = a1.dot(W2.T) + b2.T
        d2 = a2 - y
        d1 = d2.dot(W2) * (1 - a1**2)
        W1 += -Config.epsilon * (d1.T.dot(X) + Config.reg_lambda * W1)
        b1 += -Config.epsilon * d1.sum(axis=0).reshape(-1, 1)
        W2 += -Config.epsilon * (d2.T.dot(a1) + Config.reg_lambda * W2)
        b2 += -Config.epsilon * d2.sum(axis=0).reshape(-1, 1)
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
