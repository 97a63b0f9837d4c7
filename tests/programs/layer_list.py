"""A function that trains a list of layers; nothing in the file makes such a list. Each sample is a column, (n, 1)."""

# ruff: noqa: B905
import numpy as np


def mse(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)


def mse_prime(y_true, y_pred):
    return 2 * (y_pred - y_true) / np.size(y_true)


class Dense:
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(output_size, input_size)
        self.bias = np.random.randn(output_size, 1)

    def forward(self, x):
        self.input = x
        return self.weights @ x + self.bias

    def backward(self, gradient, rate):
        sent = self.weights.T @ gradient
        self.weights -= rate * gradient @ self.input.T
        self.bias -= rate * gradient
        return sent


class Sigmoid:
    def forward(self, x):
        self.output = 1 / (1 + np.exp(-x))
        return self.output

    def backward(self, gradient, rate):
        return gradient * self.output * (1 - self.output)


def train(network, loss, loss_prime, x_train, y_train, epochs=1000, learning_rate=0.01, verbose=True):
    for _ in range(epochs):
        for x, y in zip(x_train, y_train):
            out = x
            for layer in network:
                out = layer.forward(out)
            gradient = loss_prime(y, out)
            for layer in reversed(network):
                gradient = layer.backward(gradient, learning_rate)
