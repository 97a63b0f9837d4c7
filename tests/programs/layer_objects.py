# Network: tanh, then identity, a bias for each neuron. Loss: half squared error, summed over samples.
# A list of layer objects; each keeps the gradient in attributes; rows are samples, columns are neurons.
import numpy as np


class Dense:
    def __init__(self, fan_in, fan_out):
        self.W = np.random.randn(fan_in, fan_out)
        self.b = np.zeros((1, fan_out))

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0, keepdims=True)
        return grad @ self.W.T


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, grad):
        return grad * (1 - self.out**2)


class MLP:
    def __init__(self, n_in, n_hidden, n_out):
        self.layers = [Dense(n_in, n_hidden), Tanh(), Dense(n_hidden, n_out)]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        self.y = x
        return x

    def backward(self, t):
        grad = self.y - t
        for layer in reversed(self.layers):
            grad = layer.backward(grad)

    def step(self, lr):
        for layer in self.layers:
            if isinstance(layer, Dense):
                layer.W -= lr * layer.dW
                layer.b -= lr * layer.db
