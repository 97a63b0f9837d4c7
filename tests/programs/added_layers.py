"""A network to which layers are added, and a loss; nothing in the file adds any. Each sample is a row, (1, n)."""

import numpy as np


def tanh(x):
    return np.tanh(x)


def tanh_prime(x):
    return 1 - np.tanh(x) ** 2


def mse(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)


def mse_prime(y_true, y_pred):
    return 2 * (y_pred - y_true) / y_true.size


class FullLayer:
    def __init__(self, input_size, output_size):
        self.weights = np.random.rand(input_size, output_size) - 0.5
        self.bias = np.random.rand(1, output_size) - 0.5

    def forward(self, x):
        self.input = x
        return x @ self.weights + self.bias

    def backward(self, error, rate):
        sent = error @ self.weights.T
        self.weights -= rate * self.input.T @ error
        self.bias -= rate * error
        return sent


class ActivationLayer:
    def __init__(self, activation, activation_prime):
        self.activation, self.activation_prime = activation, activation_prime

    def forward(self, x):
        self.input = x
        return self.activation(x)

    def backward(self, error, rate):
        return self.activation_prime(self.input) * error


class Network:
    def __init__(self):
        self.layers = []

    def add(self, layer):
        self.layers.append(layer)

    def use(self, loss, loss_prime):
        self.loss, self.loss_prime = loss, loss_prime

    def fit(self, x_train, y_train, epochs, learning_rate):
        for _ in range(epochs):
            for j in range(len(x_train)):
                out = x_train[j]
                for layer in self.layers:
                    out = layer.forward(out)
                error = self.loss_prime(y_train[j], out)
                for layer in reversed(self.layers):
                    error = layer.backward(error, learning_rate)
