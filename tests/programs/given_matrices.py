# Network: tanh, then sigmoid, a bias for each neuron. Loss: half squared error, mean over samples.
# The constructor takes the first matrices; forward pass, backward pass and update are three methods.
import numpy as np


class Model:
    def __init__(self, W1, b1, W2, b2):
        self.W1, self.b1, self.W2, self.b2 = W1, b1, W2, b2

    def forward(self, X):
        self.X = X
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        self.A2 = 1 / (1 + np.exp(-(self.A1 @ self.W2 + self.b2)))
        return self.A2

    def backward(self, Y):
        N, K = Y.shape
        assert self.W2.shape[1] == K
        self.D2 = (self.A2 - Y) * self.A2 * (1 - self.A2) / N
        self.D1 = (self.D2 @ self.W2.T) * (1 - self.A1**2)

    def update(self, lr):
        self.W2 -= lr * self.A1.T @ self.D2
        self.b2 -= lr * np.sum(self.D2, axis=0, keepdims=True)
        self.W1 -= lr * self.X.T @ self.D1
        self.b1 -= lr * np.sum(self.D1, axis=0, keepdims=True)
