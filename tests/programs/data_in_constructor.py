# Network: sigmoid in both layers of 4 and 1 neurons, no biases. Loss: mean squared error, summed over samples.
# The data are given to the constructor; the methods take no arguments; the rate is 1.
import numpy as np


class NeuralNetwork:
    def __init__(self, x, y):
        self.input = x
        self.weights1 = np.random.rand(self.input.shape[1], 4)
        self.weights2 = np.random.rand(4, 1)
        self.y = y
        self.output = np.zeros(self.y.shape)

    def feedforward(self):
        self.layer1 = 1 / (1 + np.exp(-np.dot(self.input, self.weights1)))
        self.output = 1 / (1 + np.exp(-np.dot(self.layer1, self.weights2)))

    def backprop(self):
        slope = 2 * (self.y - self.output) * self.output * (1 - self.output)
        d_weights2 = np.dot(self.layer1.T, slope)
        d_weights1 = np.dot(self.input.T, np.dot(slope, self.weights2.T) * self.layer1 * (1 - self.layer1))
        self.weights1 += d_weights1
        self.weights2 += d_weights2
