# Network: sigmoid in both layers, one bias shared by a layer, which is not trained. Loss: half squared error.
# Plain Python, neuron by neuron; one sample at a time; weights as flat lists; all updates after all derivatives.
# ruff: noqa: B905
import math
import random


class Unit:
    def __init__(self, bias):
        self.bias = bias
        self.weights = []

    def activate(self, values):
        self.values = values
        net = self.bias
        for k in range(len(values)):
            net += values[k] * self.weights[k]
        self.out = 1 / (1 + math.exp(-net))
        return self.out


class UnitLayer:
    def __init__(self, count, bias):
        self.bias = bias if bias else random.random()
        self.units = [Unit(self.bias) for _ in range(count)]

    def forward(self, values):
        return [unit.activate(values) for unit in self.units]


class Net:
    LEARNING_RATE = 0.5

    def __init__(
        self,
        num_inputs,
        num_hidden,
        num_outputs,
        hidden_weights=None,
        hidden_bias=None,
        output_weights=None,
        output_bias=None,
    ):
        self.num_inputs = num_inputs
        self.hidden_layer = UnitLayer(num_hidden, hidden_bias)
        self.output_layer = UnitLayer(num_outputs, output_bias)
        self._fill(self.hidden_layer, num_inputs, hidden_weights)
        self._fill(self.output_layer, num_hidden, output_weights)

    def _fill(self, layer, fan_in, given):
        number = 0
        for unit in layer.units:
            for _ in range(fan_in):
                unit.weights.append(given[number] if given else random.random())
                number += 1

    def feed_forward(self, inputs):
        return self.output_layer.forward(self.hidden_layer.forward(inputs))

    def train(self, training_inputs, training_outputs):
        self.feed_forward(training_inputs)
        output_deltas = []
        for o, unit in enumerate(self.output_layer.units):
            output_deltas.append((unit.out - training_outputs[o]) * unit.out * (1 - unit.out))
        hidden_deltas = []
        for h, unit in enumerate(self.hidden_layer.units):
            total = 0
            for o, above in enumerate(self.output_layer.units):
                total += output_deltas[o] * above.weights[h]
            hidden_deltas.append(total * unit.out * (1 - unit.out))
        for layer, deltas in ((self.output_layer, output_deltas), (self.hidden_layer, hidden_deltas)):
            for unit, delta in zip(layer.units, deltas):
                for k in range(len(unit.weights)):
                    unit.weights[k] -= self.LEARNING_RATE * delta * unit.values[k]
