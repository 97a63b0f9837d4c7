"""The layers are described in a list of dictionaries, which forward and backward want passed."""

import numpy as np

NN_ARCHITECTURE = [
    {"input_dim": 2, "output_dim": 25, "activation": "tanh"},
    {"input_dim": 25, "output_dim": 1, "activation": "sigmoid"},
]


def full_forward_propagation(X, params_values, nn_architecture):
    memory, out = {}, X
    for number, layer in enumerate(nn_architecture, 1):
        memory[f"A{number - 1}"] = out
        net = params_values[f"W{number}"] @ out + params_values[f"b{number}"]
        out = np.tanh(net) if layer["activation"] == "tanh" else 1 / (1 + np.exp(-net))
    return out, memory


def full_backward_propagation(Y_hat, Y, memory, params_values, nn_architecture):
    grads_values, delta = {}, (Y_hat - Y) / Y.shape[1]
    for number in range(len(nn_architecture), 0, -1):
        below = memory[f"A{number - 1}"]
        grads_values[f"dW{number}"] = delta @ below.T
        grads_values[f"db{number}"] = delta.sum(axis=1, keepdims=True)
        delta = params_values[f"W{number}"].T @ delta * (1 - below**2)
    return grads_values
