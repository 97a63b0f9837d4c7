"""Neurons that are dictionaries; three functions leave all they do in the network. A row ends in a label."""

from math import exp
from random import random


def initialize_network(n_inputs, n_hidden, n_outputs):
    return [
        [{"weights": [random() for _ in range(n_inputs + 1)]} for _ in range(n_hidden)],
        [{"weights": [random() for _ in range(n_hidden + 1)]} for _ in range(n_outputs)],
    ]


def forward_propagate(network, row):
    inputs = row
    for layer in network:
        for neuron in layer:
            w = neuron["weights"]
            net = w[-1] + sum(w[k] * inputs[k] for k in range(len(w) - 1))
            neuron["output"] = 1 / (1 + exp(-net))
        inputs = [neuron["output"] for neuron in layer]
    return inputs


def backward_propagate_error(network, expected):
    for i in reversed(range(len(network))):
        for j, neuron in enumerate(network[i]):
            if i == len(network) - 1:
                error = neuron["output"] - expected[j]
            else:
                error = sum(n["weights"][j] * n["delta"] for n in network[i + 1])
            neuron["delta"] = error * neuron["output"] * (1 - neuron["output"])


def update_weights(network, row, l_rate):
    inputs = row[:-1]
    for layer in network:
        for neuron in layer:
            for k in range(len(inputs)):
                neuron["weights"][k] -= l_rate * neuron["delta"] * inputs[k]
            neuron["weights"][-1] -= l_rate * neuron["delta"]
        inputs = [neuron["output"] for neuron in layer]
