# Network: any number of layers, sigmoid, the bias of each neuron is its last weight. Loss: half squared error.
# Plain Python lists: a network is a list of layers, a layer a list of neurons, a neuron a list of weights.
# ruff: noqa: B905, RUF005
import math


def feed_forward(network, inputs):
    outputs = []
    for layer in network:
        with_bias = inputs + [1]
        inputs = [1 / (1 + math.exp(-sum(w * v for w, v in zip(neuron, with_bias)))) for neuron in layer]
        outputs.append(inputs)
    return outputs


def gradients(network, x, target):
    outputs = feed_forward(network, x)
    error = [o - t for o, t in zip(outputs[-1], target)]
    result = []
    for number in range(len(network) - 1, -1, -1):
        below = (outputs[number - 1] if number else x) + [1]
        deltas = [e * o * (1 - o) for e, o in zip(error, outputs[number])]
        result.insert(0, [[delta * v for v in below] for delta in deltas])
        error = [sum(d * neuron[k] for d, neuron in zip(deltas, network[number])) for k in range(len(below) - 1)]
    return result
