"""The data, and the weights, come with a method that is called init, and is not the constructor."""

import numpy as np


class NeuralNetwork:
    def init(self, X, Y, epochs):
        self.X, self.Y = X, Y
        self.hidden_weights = np.random.randn(4, 3)
        self.output_weights = np.random.randn(3, 2)
        self.epochs = epochs

    def sigmoid_derivative(self, out):
        return out * (1 - out)

    def train(self):
        for _ in range(self.epochs):
            hidden = 1 / (1 + np.exp(-self.X @ self.hidden_weights))
            out = hidden @ self.output_weights
            d_output = hidden.T @ (out - self.Y)
            d_hidden = self.X.T @ ((out - self.Y) @ self.output_weights.T * self.sigmoid_derivative(hidden))
            self.hidden_weights -= 0.01 * d_hidden
            self.output_weights -= 0.01 * d_output
