# Network: 2-2-1, the square of the net input, then identity, one bias shared by each layer. Loss: half squared error.
# Plain Python on lists, one sample; weights, biases and gradient in a dictionary of lists; only +, − and ×.
# ruff: noqa: B905


def gradient(params, inputs, targets):
    w1, b1, w2, b2 = params["w1"], params["b1"], params["w2"], params["b2"]
    nets = [sum(w * x for w, x in zip(row, inputs)) + b1 for row in w1]
    hidden = [net * net for net in nets]
    outs = [sum(w * h for w, h in zip(row, hidden)) + b2 for row in w2]
    d2 = [out - t for out, t in zip(outs, targets)]
    d1 = [sum(d * row[k] for d, row in zip(d2, w2)) * 2 * nets[k] for k in range(len(nets))]
    return {
        "dw1": [[d * x for x in inputs] for d in d1],
        "db1": sum(d1),
        "dw2": [[d * h for h in hidden] for d in d2],
        "db2": sum(d2),
    }
