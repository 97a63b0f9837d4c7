import math


def sig(z):
    return 1 / (1 + math.exp(-z))


def backprop(w, b, x, t):
    w1, w2, w3, w4, w5, w6, w7, w8 = w
    b1, b2 = b
    x1, x2 = x
    t1, t2 = t
    h1 = sig(w1 * x1 + w2 * x2 + b1)
    h2 = sig(w3 * x1 + w4 * x2 + b1)
    o1 = sig(w5 * h1 + w6 * h2 + b2)
    o2 = sig(w7 * h1 + w8 * h2 + b2)
    d1 = (o1 - t1) * o1 * (1 - o1)
    d2 = (o2 - t2) * o2 * (1 - o2)
    e1 = (d1 * w5 + d2 * w7) * h1 * (1 - h1)
    e2 = (d1 * w6 + d2 * w8) * h2 * (1 - h2)
    return [e1 * x1, e1 * x2, e2 * x1, e2 * x2, d1 * h1, d1 * h2, d2 * h1, d2 * h2], [e1 + e2, d1 + d2]
