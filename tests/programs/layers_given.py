"""A network whose constructor is given its layers, with names that say which number of a layer is which."""

from numpy import dot, exp, random


class NeuronLayer:
    def __init__(self, number_of_neurons, number_of_inputs_per_neuron):
        self.synaptic_weights = 2 * random.random((number_of_inputs_per_neuron, number_of_neurons)) - 1


class NeuralNetwork:
    def __init__(self, layer1, layer2):
        self.layer1, self.layer2 = layer1, layer2

    def train(self, inputs, outputs, iterations):
        for _ in range(iterations):
            hidden = 1 / (1 + exp(-dot(inputs, self.layer1.synaptic_weights)))
            out = 1 / (1 + exp(-dot(hidden, self.layer2.synaptic_weights)))
            delta2 = (outputs - out) * out * (1 - out)
            delta1 = delta2.dot(self.layer2.synaptic_weights.T) * hidden * (1 - hidden)
            self.layer1.synaptic_weights += inputs.T.dot(delta1)
            self.layer2.synaptic_weights += hidden.T.dot(delta2)
