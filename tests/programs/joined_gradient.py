"""Matrices are attributes, and all gradients come back in one vector."""

import numpy as np


class Neural_Network:
    def __init__(self, input_size, hidden_size, output_size):
        self.W1 = np.random.randn(input_size, hidden_size)
        self.W2 = np.random.randn(hidden_size, output_size)

    def computeGradients(self, X, y):
        a2 = 1 / (1 + np.exp(-X @ self.W1))
        yHat = 1 / (1 + np.exp(-a2 @ self.W2))
        delta3 = (yHat - y) * yHat * (1 - yHat)
        dJdW1 = X.T @ (delta3 @ self.W2.T * a2 * (1 - a2))
        return np.concatenate(((dJdW1).ravel(), (a2.T @ delta3).ravel()))
