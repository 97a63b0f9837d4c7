# Network: any number of layers, sigmoid, a bias for each neuron. Loss: half squared error, one sample.
# Lists of matrices and of column vectors; the method returns biases before weights.
# ruff: noqa: B905, RUF007
import numpy as np


def sigma(z):
    return 1.0 / (1.0 + np.exp(-z))


class Network:
    def __init__(self, sizes):
        self.sizes = sizes
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:])]

    def update_mini_batch(self, mini_batch, eta):
        total_b = [np.zeros(b.shape) for b in self.biases]
        total_w = [np.zeros(w.shape) for w in self.weights]
        for x, y in mini_batch:
            nabla_b, nabla_w = self.backprop(x, y)
            total_b = [t + n for t, n in zip(total_b, nabla_b)]
            total_w = [t + n for t, n in zip(total_w, nabla_w)]
        self.biases = [b - eta / len(mini_batch) * t for b, t in zip(self.biases, total_b)]
        self.weights = [w - eta / len(mini_batch) * t for w, t in zip(self.weights, total_w)]

    def backprop(self, x, y):
        activations = [x]
        for b, w in zip(self.biases, self.weights):
            activations.append(sigma(np.dot(w, activations[-1]) + b))
        nabla_b = [None] * len(self.biases)
        nabla_w = [None] * len(self.weights)
        error = activations[-1] - y
        for layer in range(len(self.weights) - 1, -1, -1):
            out = activations[layer + 1]
            delta = error * out * (1 - out)
            nabla_b[layer] = delta
            nabla_w[layer] = np.dot(delta, activations[layer].T)
            error = np.dot(self.weights[layer].T, delta)
        return nabla_b, nabla_w
