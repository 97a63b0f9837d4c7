"""What names mean: tables of the words that programs use, and a reader for names of weights, biases and gradients."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

Kind = Literal["weights", "biases"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names of arguments, attributes and globals; written small and without underscores.
ROLES: dict[str, frozenset[str]] = {
    "inputs": _words(
        "x xs inputs input data features xi xtrain trainx inp inps xbatch batchx xb inputdata traininginputs "
        "traininginput traininputs inputvector inputlist inputslist sample xin a0 inputlayer indata inputarray "
        "trainingsetinputs trainingdatainputs traindata trainingdata datax xdata inputvalues inputmatrix inputvec "
        "example inputsarray xn xtr xsample xvec inputsignal trainset trainfeatures trainingx xvalues invec "
        "netinput image images row"
    ),
    "targets": _words(
        "t y ys ts targets target labels label ytrue truey d desired ytrain trainy expected expectedoutput "
        "expectedoutputs ideal truth gt groundtruth allytrues ally trainingoutputs trainingoutput "
        "trainingsetoutputs targetvector targetlist targetslist desiredoutput desiredoutputs correct ybatch "
        "batchy yb ttrain traintargets trainlabels outputdata ydata datay targetoutput targetoutputs yvec yi "
        "trainoutputs targetvalues yreal teacher answer answers tn yt ytr goal onehoty yonehot targetsarray "
        "trainingy trainingtargets outputvector tvec ti ytarget actual classes yenc onehotlabels ytrueonehot"
    ),
    "outputs": _words(
        "yhat ypred predy predictions prediction pred preds probs probabilities out output outputs o al aout a2 "
        "a3 finaloutput finaloutputs outputlayer yout yhats result outs scores act2 output2 actualoutput "
        "calculated a ol networkoutput predicted"
    ),
    "loss": _words(
        "loss cost e j l error err lossvalue totalloss totalerror etotal costvalue mse dataloss losses c ce "
        "objective"
    ),
    "rate": _words(
        "lr learningrate eta alpha rate stepsize learnrate lrate epsilon learning lrvalue learningratevalue"
    ),
    "epochs": _words(
        "epochs epoch nepochs numepochs iterations iters numiterations niter niterations steps numsteps nsteps "
        "maxiter maxiters numiters numpasses passes niters rounds trainingiterations numberoftrainingiterations "
        "numepoch times maxepochs numberofiterations iteration iter trainsteps nummaxiter maxiterations"
    ),
    "pairs": _words(
        "trainingdata minibatch dataset trainingset trainingsets trainset patterns pairs examples "
        "trainingexamples batchdata traindata data batch"
    ),
    "batch size": _words("batchsize minibatchsize bs batchsz"),
    "samples": _words("m n nsamples numsamples numexamples nexamples batch numbersamples samples"),
    "seed": _words("seed randomstate randomseed rngseed"),
    "l2": _words(
        "reg lambd lmbda reglambda l2 weightdecay l2reg lam regularization regstrength l2lambda lambda decay"
    ),
    "l1": _words("l1 l1reg l1lambda"),
    "no": _words(
        "verbose printcost debug plot display log printloss printevery showloss momentum dropout gradientclip "
        "shuffle earlystopping checkgrad mu beta validationdata testdata logging silent ratedecay giveloss "
        "printprogress"
    ),
    "sizes": _words(
        "layersizes sizes layers layerdims layersdims architecture topology dims structure layerssizes nunits "
        "shape networkstructure units nodes layerdimensions arch dimensions networksize neurons layersize "
        "sizelayers layersdim layerdim neuronsperlayer layout"
    ),
    "first size": _words(
        "numinputs ninputs inputsize inputdim nin inputnodes inputneurons numinput ninput nx insize indim "
        "inputunits numfeatures nfeatures infeatures din inputlayersize inputlayer nodesinput inputs "
        "numberofinputs inputcount inputs2 inputn ni sizein inputlayerneurons inputshape fanin numinputnodes "
        "numin insz nodein innodes inputlen input"
    ),
    "hidden size": _words(
        "numhidden nhidden hiddensize hiddendim hiddennodes hiddenneurons nh hiddenunits dhidden hiddenlayersize "
        "hiddenlayer nodeshidden hidden numberofhidden hiddencount nhid hiddenlayerneurons h numhiddennodes "
        "nhiddenunits numhiddenunits sizehidden hsize hid hiddenlayernodes nhiddenneurons nodeshid hnodes nnhdim "
        "hdim nnhiddendim"
    ),
    "hidden sizes": _words(
        "hiddensizes hiddenlayers hiddendims hiddenlayersizes hiddenlayerdims hiddenunitslist"
    ),
    "last size": _words(
        "numoutputs noutputs outputsize outputdim nout outputnodes outputneurons numoutput noutput ny outsize "
        "outdim outputunits numclasses nclasses numlabels nlabels outfeatures dout outputlayersize outputlayer "
        "outputs output numberofoutputs outputcount no sizeout outputlayerneurons outputshape fanout "
        "numoutputnodes numout nodesoutput nodeout onodes outputlen classes k"
    ),
    "cache": _words(
        "cache caches memory activations acts intermediates forwardcache ctx context state saved store "
        "hiddenstate forward layeroutputs zs values tape memo fwd fp forwardresults results activationcache "
        "history"
    ),
    "container": _words(
        "params parameters theta p model net network weights w param parametersdict modelparams paramvalues "
        "thetas wb nn weightsandbiases vars variables weightsbiases weight neuralnetwork mlp ws parameter vec "
        "flat paramvector nnparams nnparameters thetavec unrolledtheta initialnnparams paramsvalues flatparams "
        "nntheta parametervector"
    ),
    "activation": _words(
        "activation hiddenactivation activationfunction act activationname hiddenact nonlinearity"
    ),
    "last activation": _words("outputactivation outactivation finalactivation lastactivation outputact"),
}  # fmt: skip

WEIGHT_WORDS = _words(
    "w ws weight weights wt wts wgt syn synapse synapses synaptic kernel kernels coef coefs theta thetas omega"
)
BIAS_WORDS = _words("b bs bias biases intercept intercepts")
# The rank of a place in the order of layers, written out or in short: hidden before output, input before both.
PLACES = {
    "input": 0, "inputs": 0, "in": 0, "i": 0, "x": 0, "first": 1, "second": 2, "third": 3,
    "hidden": 1, "h": 1, "hid": 1, "ih": 1, "xh": 1, "inputhidden": 1, "hh": 1,
    "output": 9999, "out": 9999, "o": 9999, "ho": 9999, "hy": 9999, "y": 9999, "hiddenoutput": 9999, "last": 9999,
    "outputs": 9999,
}  # fmt: skip
IGNORED = _words(
    "layer layers l matrix mat of to the param params vector vec values value val array np list all node s "
    "and between curr current cur"
)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_GRADIENTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^d_?(?:l|e|j|c|loss|cost|err|error|total|etotal|e_total)_?_?(?:by_?)?d_?(?P<rest>.*)$",
        r"^(?:derivatives?|gradients?|grads?|nablas?)_?(?:of_|wrt_|by_)?(?P<rest>.*)$",
        r"^(?:delta|del|g|d)_?(?P<rest>.*)$",
        r"^d_?(?P<rest>.*)$",
        r"^(?P<rest>.*?)_?(?:grads?|gradients?|derivatives?|deriv|nablas?|delta|prime|updates?|adjustments?)$",
    )
)
GRADIENT_WORDS = _words(
    "grads grad gradients gradient nabla derivs derivatives grds gradparams dparams paramgrads dtheta g delta "
    "deltas gradvec gradtheta jac partials dw db"
)


BY_ORDER = "gradient_by_"
"""What stands before the name of an argument where a result without a name is taken for the gradient by it."""


class Name(NamedTuple):
    """A name of a parameter, or of a gradient by it.

    key: what tells the layer (or the single weight) from others of its kind, in their order.
    """

    kind: Kind
    key: tuple[int, ...]
    gradient: bool = False


def plain(name: str) -> str:
    """Return a name as the tables have it: small, without underscores."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(maxsize=4096)
def has_role(name: str, role: str) -> bool:
    return plain(name) in ROLES[role]


@lru_cache(maxsize=4096)
def parameter_name(name: str) -> Name | None:
    """Return what `name` says about a parameter: weights or biases, and of which layer; None when it is no such name.

    >>> parameter_name("hidden_weights"), parameter_name("b2")
    (Name(kind='weights', key=(1,), gradient=False), Name(kind='biases', key=(2,), gradient=False))
    """
    kind: Kind | None = None
    key: list[int] = []
    for word in _WORD.findall(name):
        small = word.lower()
        if small.isdigit():
            key.append(int(small))
        elif small in WEIGHT_WORDS and kind in (None, "weights"):
            kind = "weights"
        elif small in BIAS_WORDS and kind in (None, "biases"):
            kind = "biases"
        elif small in PLACES:
            key.append(PLACES[small])
        elif kind is None and small[0] in "wb" and small[1:] in PLACES:
            kind = "weights" if small[0] == "w" else "biases"
            key.append(PLACES[small[1:]])
        elif small not in IGNORED:
            return None
    if kind is None:
        return None
    places = [k for k in key if k in PLACES.values()]
    if len(places) == len(key) and len(places) > 1 and not any(map(str.isdigit, name)):
        key = [max(places)]  # "input to hidden": the layer is where it goes
    return Name(kind, tuple(key))


@lru_cache(maxsize=4096)
def gradient_name(name: str) -> Name | None:
    """Return what `name` says about the gradient by a parameter (dW1, grad_b, dE_dw5, W1_grad), or None."""
    for pattern in _GRADIENTS:
        if (match := pattern.match(name)) and (found := parameter_name(match["rest"])):
            return found._replace(gradient=True)
    return None


def any_name(name: str) -> Name | None:
    """Return what `name` says of a parameter or else of a gradient."""
    return parameter_name(name) or gradient_name(name)


_FUNCTIONS = _words(
    "sigmoid sig tanh relu softmax leakyrelu lrelu elu selu gelu swish silu linear identity softplus activation act "
    "transfer transferfunction activationfunction nonlin nonlinearity dsigmoid dtanh drelu"
)


@lru_cache(maxsize=4096)
def is_slope(name: str) -> bool:
    """Whether a function is, by its name, an activation or its slope, sigmoid_prime: no gradient of a network."""
    small = plain(name)
    if small in _FUNCTIONS:
        return True
    rest = re.sub(r"(derivative|deriv|der|prime|grad|gradient|backward|prim|diff|slope|delta|d)(of)?$", "", small)
    rest = re.sub(r"^(derivativeof|derivative|deriv|gradientof|gradient|grad|prime|slope|d)", "", rest)
    return rest != small and rest in _FUNCTIONS


@lru_cache(maxsize=4096)
def numbered(name: str, role: str) -> int | None:
    """Return the number of one input or target: 2 for "x2" or "target_2"; None when `name` is no such name."""
    match = re.fullmatch(r"(.*?)_?o?(\d)", name)
    words = {"inputs": ("x", "i", "input", "in"), "targets": ("t", "y", "target", "d", "desired", "targeto")}[role]
    return int(match[2]) if match and plain(match[1]) in words else None
