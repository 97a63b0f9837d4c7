"""Lists of lists; the bias is one more input, and the last layer has none. The rate is called N, the momentum M."""

# ruff: noqa: B905
import math


class Net:
    def __init__(self, ni, nh, no):
        self.ni = ni + 1
        self.wi = [[0.1] * nh for _ in range(self.ni)]
        self.wo = [[0.1] * no for _ in range(nh)]
        self.ci = [[0.0] * nh for _ in range(self.ni)]
        self.ai = [1.0] * self.ni

    def run(self, inputs):
        self.ai[:-1] = inputs
        self.ah = [math.tanh(sum(a * row[j] for a, row in zip(self.ai, self.wi))) for j in range(len(self.wi[0]))]
        nets = [sum(a * row[k] for a, row in zip(self.ah, self.wo)) for k in range(len(self.wo[0]))]
        self.ao = [1 / (1 + math.exp(-net)) for net in nets]
        return self.ao

    def backPropagate(self, targets, N, M):
        d_out = [(o - t) * o * (1 - o) for o, t in zip(self.ao, targets)]
        d_hidden = [(1 - h * h) * sum(d * w for d, w in zip(d_out, row)) for h, row in zip(self.ah, self.wo)]
        for j, h in enumerate(self.ah):
            for k, d in enumerate(d_out):
                self.wo[j][k] -= N * d * h
        for i, a in enumerate(self.ai):
            for j, d in enumerate(d_hidden):
                self.wi[i][j] -= N * d * a + M * self.ci[i][j]
                self.ci[i][j] = d * a
