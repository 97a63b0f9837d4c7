# Network: sigmoid in both layers, no biases. Loss: half squared error, one sample at a time.
# A class whose train() turns lists into columns and updates by adding; the rate is given to the constructor.
import numpy as np


class NeuralNetwork:
    def __init__(self, input_nodes, hidden_nodes, output_nodes, learning_rate):
        self.inodes, self.hnodes, self.onodes = input_nodes, hidden_nodes, output_nodes
        self.wih = np.random.normal(0.0, self.inodes**-0.5, (self.hnodes, self.inodes))
        self.who = np.random.normal(0.0, self.hnodes**-0.5, (self.onodes, self.hnodes))
        self.lr = learning_rate
        self.activation_function = lambda x: 1 / (1 + np.exp(-x))

    def train(self, inputs_list, targets_list):
        inputs = np.array(inputs_list, ndmin=2).T
        targets = np.array(targets_list, ndmin=2).T
        hidden_outputs = self.activation_function(np.dot(self.wih, inputs))
        final_outputs = self.activation_function(np.dot(self.who, hidden_outputs))
        output_errors = targets - final_outputs
        output_slopes = output_errors * final_outputs * (1.0 - final_outputs)
        hidden_errors = np.dot(self.who.T, output_slopes)
        self.who += self.lr * np.dot(output_slopes, np.transpose(hidden_outputs))
        self.wih += self.lr * np.dot(hidden_errors * hidden_outputs * (1.0 - hidden_outputs), np.transpose(inputs))
