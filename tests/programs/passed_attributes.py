"""Methods that want the object's own weights passed; samples are rows, and columns inside; biases come first."""

import numpy as np
from scipy.special import expit


class NeuralNet:
    def __init__(self, n_output, n_features, n_hidden=30, l2=0.5):
        self.w1 = np.random.uniform(-1.0, 1.0, (n_hidden, n_features + 1))
        self.w2 = np.random.uniform(-1.0, 1.0, (n_output, n_hidden + 1))
        self.l2 = l2

    def _feedforward(self, X, w1, w2):
        a1 = np.ones((X.shape[0], X.shape[1] + 1))
        a1[:, 1:] = X
        z2 = w1.dot(a1.T)
        a2 = np.ones((z2.shape[0] + 1, z2.shape[1]))
        a2[1:, :] = expit(z2)
        z3 = w2.dot(a2)
        return a1, z2, a2, z3, expit(z3)

    def _get_gradient(self, a1, a2, a3, z2, y_enc, w1, w2):
        sigma3 = a3 - y_enc
        sigma2 = w2[:, 1:].T.dot(sigma3) * expit(z2) * (1 - expit(z2))
        grad1, grad2 = sigma2.dot(a1), sigma3.dot(a2.T)
        grad1[:, 1:] += self.l2 * w1[:, 1:]
        grad2[:, 1:] += self.l2 * w2[:, 1:]
        return grad1, grad2
