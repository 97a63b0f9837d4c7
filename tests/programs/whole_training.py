# Network: tanh, then softmax, a bias for each neuron. Loss: categorical cross-entropy, summed over samples.
# Only a whole training function: weights are made inside it, and the loop is inside it as well.
import numpy as np


def build_model(X, y, nn_hdim, num_passes=20000, print_loss=False):
    num_examples, n_in = X.shape
    np.random.seed(0)
    W1 = np.random.randn(n_in, nn_hdim) / np.sqrt(n_in)
    b1 = np.zeros((1, nn_hdim))
    W2 = np.random.randn(nn_hdim, 3) / np.sqrt(nn_hdim)
    b2 = np.zeros((1, 3))
    epsilon = 0.01
    model = {}
    for i in range(num_passes):
        a1 = np.tanh(X.dot(W1) + b1)
        z2 = a1.dot(W2) + b2
        e = np.exp(z2)
        probs = e / np.sum(e, axis=1, keepdims=True)
        delta3 = probs.copy()
        delta3[range(num_examples), y] -= 1
        dW2 = a1.T.dot(delta3)
        db2 = np.sum(delta3, axis=0, keepdims=True)
        delta2 = delta3.dot(W2.T) * (1 - np.power(a1, 2))
        dW1 = np.dot(X.T, delta2)
        db1 = np.sum(delta2, axis=0)
        W1 += -epsilon * dW1
        b1 += -epsilon * db1
        W2 += -epsilon * dW2
        b2 += -epsilon * db2
        model = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
        if print_loss and i % 1000 == 0:
            print(i, model)
    return model
