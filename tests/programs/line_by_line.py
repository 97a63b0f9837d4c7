# Network: 2-2-2, sigmoid, one bias shared by each layer, not trained. Loss: half squared error, one sample.
# No function for the gradient and no loop: one number after the other, as on paper; updates at the end.
from math import exp


def sigmoid(z):
    return 1 / (1 + exp(-z))


i1, i2 = 0.05, 0.10
target_o1, target_o2 = 0.01, 0.99
w1, w2, w3, w4 = 0.15, 0.20, 0.25, 0.30
w5, w6, w7, w8 = 0.40, 0.45, 0.50, 0.55
b1, b2 = 0.35, 0.60
eta = 0.5

out_h1 = sigmoid(w1 * i1 + w2 * i2 + b1)
out_h2 = sigmoid(w3 * i1 + w4 * i2 + b1)
out_o1 = sigmoid(w5 * out_h1 + w6 * out_h2 + b2)
out_o2 = sigmoid(w7 * out_h1 + w8 * out_h2 + b2)
E_total = 0.5 * (target_o1 - out_o1) ** 2 + 0.5 * (target_o2 - out_o2) ** 2

delta_o1 = -(target_o1 - out_o1) * out_o1 * (1 - out_o1)
delta_o2 = -(target_o2 - out_o2) * out_o2 * (1 - out_o2)
dE_dw5, dE_dw6 = delta_o1 * out_h1, delta_o1 * out_h2
dE_dw7, dE_dw8 = delta_o2 * out_h1, delta_o2 * out_h2
delta_h1 = (delta_o1 * w5 + delta_o2 * w7) * out_h1 * (1 - out_h1)
delta_h2 = (delta_o1 * w6 + delta_o2 * w8) * out_h2 * (1 - out_h2)
dE_dw1, dE_dw2 = delta_h1 * i1, delta_h1 * i2
dE_dw3, dE_dw4 = delta_h2 * i1, delta_h2 * i2

w1 = w1 - eta * dE_dw1
w2 = w2 - eta * dE_dw2
w3 = w3 - eta * dE_dw3
w4 = w4 - eta * dE_dw4
w5 = w5 - eta * dE_dw5
w6 = w6 - eta * dE_dw6
w7 = w7 - eta * dE_dw7
w8 = w8 - eta * dE_dw8
print(E_total, w5)
