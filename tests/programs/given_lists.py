"""A class that is given its first weights in lists, and fails without them though they have defaults."""

# ruff: noqa: B905
import math


class Layer:
    def __init__(self, weights, bias, fan_in):
        self.weights = [weights[k : k + fan_in] for k in range(0, len(weights), fan_in)]
        self.bias = bias

    def forward(self, inputs):
        self.inputs = inputs
        nets = [sum(w * x for w, x in zip(row, inputs)) + self.bias for row in self.weights]
        self.out = [1 / (1 + math.exp(-net)) for net in nets]
        return self.out

    def learn(self, errors, rate):
        deltas = [e * o * (1 - o) for e, o in zip(errors, self.out)]
        sent = [sum(d * row[k] for d, row in zip(deltas, self.weights)) for k in range(len(self.inputs))]
        for d, row in zip(deltas, self.weights):
            for k, x in enumerate(self.inputs):
                row[k] -= rate * d * x
        return sent


class Network:
    RATE = 0.5

    def __init__(
        self,
        num_inputs,
        num_hidden,
        hidden_layer_weights=None,
        hidden_layer_bias=None,
        output_layer_weights=None,
        output_layer_bias=None,
    ):
        self.hidden = Layer(hidden_layer_weights, hidden_layer_bias, num_inputs)
        self.output = Layer(output_layer_weights, output_layer_bias, num_hidden)

    def train(self, inputs, targets):
        out = self.output.forward(self.hidden.forward(inputs))
        self.hidden.learn(self.output.learn([o - t for o, t in zip(out, targets)], self.RATE), self.RATE)
