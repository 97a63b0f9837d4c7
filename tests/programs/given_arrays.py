import numpy as np


class TwoLayers:
    def __init__(self, W1, b1, W2, b2):
        self.W1, self.b1, self.W2, self.b2 = W1, b1, W2, b2

    def forward(self, X):
        self.a1 = 1.0 / (1.0 + np.exp(-(X @ self.W1 + self.b1)))
        self.a2 = 1.0 / (1.0 + np.exp(-(self.a1 @ self.W2 + self.b2)))
        return self.a2

    def backward(self, X, y):
        d2 = (self.a2 - y) * self.a2 * (1 - self.a2)
        d1 = d2 @ self.W2.T * self.a1 * (1 - self.a1)
        self.dW1, self.db1 = X.T @ d1, d1.sum(axis=0)
        self.dW2, self.db2 = self.a1.T @ d2, d2.sum(axis=0)
