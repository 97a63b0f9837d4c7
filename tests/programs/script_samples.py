# Network: 2-3-1, tanh, then identity, a bias for each neuron. Loss: half squared error, one sample at a time.
# A script under the usual guard: a loop over samples within the loop over epochs, vectors, np.outer.
# ruff: noqa: B905
import numpy as np

if __name__ == "__main__":
    rng = np.random.default_rng(7)
    inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    targets = np.array([[0.0], [1.0], [1.0], [0.0]])
    learning_rate = 0.1
    hidden_weights = rng.normal(size=(3, 2))
    hidden_bias = np.zeros(3)
    output_weights = rng.normal(size=(1, 3))
    output_bias = np.zeros(1)
    for epoch in range(5000):
        total = 0
        for x, t in zip(inputs, targets):
            h = np.tanh(hidden_weights @ x + hidden_bias)
            o = output_weights @ h + output_bias
            d_out = o - t
            d_hid = (output_weights.T @ d_out) * (1 - h * h)
            output_weights = output_weights - learning_rate * np.outer(d_out, h)
            output_bias = output_bias - learning_rate * d_out
            hidden_weights = hidden_weights - learning_rate * np.outer(d_hid, x)
            hidden_bias = hidden_bias - learning_rate * d_hid
            total += 0.5 * np.sum(d_out**2)
        if epoch % 500 == 0:
            print(epoch, total)
