# Network: sigmoid in both layers, a bias for each neuron. Loss: half squared error, one sample, columns.
# Loose matrices as arguments, weights before biases in what comes back, after the cost.
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def compute_gradients(W1, W2, b1, b2, x, y):
    a1 = sigmoid(W1.dot(x) + b1)
    a2 = sigmoid(W2.dot(a1) + b2)
    cost = 0.5 * np.sum((a2 - y) ** 2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = W2.T.dot(d2) * a1 * (1 - a1)
    return cost, d1.dot(x.T), d2.dot(a1.T), d1, d2
