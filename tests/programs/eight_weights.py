# Network: 2-2-2, sigmoid, one bias shared by each layer. Loss: half squared error, one sample.
# Single numbers as arguments; the derivatives come back in a tuple.
from math import exp


def backprop(w1, w2, w3, w4, w5, w6, w7, w8, b1, b2, x1, x2, t1, t2):
    h1 = 1 / (1 + exp(-(w1 * x1 + w2 * x2 + b1)))
    h2 = 1 / (1 + exp(-(w3 * x1 + w4 * x2 + b1)))
    o1 = 1 / (1 + exp(-(w5 * h1 + w6 * h2 + b2)))
    o2 = 1 / (1 + exp(-(w7 * h1 + w8 * h2 + b2)))
    delta1 = (o1 - t1) * o1 * (1 - o1)
    delta2 = (o2 - t2) * o2 * (1 - o2)
    back1 = (delta1 * w5 + delta2 * w7) * h1 * (1 - h1)
    back2 = (delta1 * w6 + delta2 * w8) * h2 * (1 - h2)
    dw1, dw2, dw3, dw4 = back1 * x1, back1 * x2, back2 * x1, back2 * x2
    dw5, dw6, dw7, dw8 = delta1 * h1, delta1 * h2, delta2 * h1, delta2 * h2
    return dw1, dw2, dw3, dw4, dw5, dw6, dw7, dw8, back1 + back2, delta1 + delta2
