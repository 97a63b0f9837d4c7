# Network: identity in both layers, a bias for each neuron. Loss: half squared error, summed over samples.
# Gradients come back wrapped in objects that give their array by detach().numpy().
import numpy as np


class Tensor:
    def __init__(self, data):
        self.data = data

    def detach(self):
        return Tensor(self.data)

    def numpy(self):
        return self.data


def gradients(W1, b1, W2, b2, x, t):
    hidden = np.dot(x, W1) + b1
    out = np.dot(hidden, W2) + b2
    d2 = out - t
    d1 = np.dot(d2, W2.T)
    return Tensor(x.T @ d1), Tensor(d1.sum(axis=0)), Tensor(hidden.T @ d2), Tensor(d2.sum(axis=0))
