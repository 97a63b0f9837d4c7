"""Samples are rows and matrices have neurons in rows; the biases are columns all the same."""

# ruff: noqa: B905, RUF007
import numpy as np


class NeuralNetwork:
    def __init__(self, layer_sizes, learning_rate=0.01):
        self.weights = [np.random.randn(n, m) for m, n in zip(layer_sizes, layer_sizes[1:])]
        self.biases = [np.zeros((n, 1)) for n in layer_sizes[1:]]

    def forward(self, X):
        self.activations = [X]
        for W, b in zip(self.weights, self.biases):
            X = np.tanh(np.dot(X, W.T) + b.T)
            self.activations.append(X)
        return X

    def backward(self, X, y):
        m = X.shape[0]
        dA = (self.activations[-1] - y) / m
        dW, db = [], []
        for n in reversed(range(len(self.weights))):
            dZ = dA * (1 - self.activations[n + 1] ** 2)
            dW.insert(0, np.dot(dZ.T, self.activations[n]))
            db.insert(0, np.sum(dZ, axis=0, keepdims=True).T)
            dA = np.dot(dZ, self.weights[n])
        return dW, db
