"""One neuron, whose bias is an array of shape (1, 1): samples may be rows or columns, and are columns."""

import numpy as np


class Network:
    def __init__(self, sizes):
        self.W1 = np.random.randn(sizes[1], sizes[0]) * 0.1
        self.b1 = np.zeros((sizes[1], 1))

    def forward(self, x):
        self.x, self.a1 = x, 1 / (1 + np.exp(-(self.W1 @ x + self.b1)))
        return self.a1

    def backward(self, x, y):
        d1 = (self.a1 - y) * self.a1 * (1 - self.a1)
        self.dW1 = d1 @ self.x.T
        self.db1 = np.sum(d1, axis=1, keepdims=True)
