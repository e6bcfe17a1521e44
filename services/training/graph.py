"""The network as an ONNX graph, written node by node with ONNX Runtime's fused operators.

A traced graph would have to be matched by patterns to find these operators again. Written out, the graph is short and
the same on every machine. The same code writes it twice. In float, the inputs of the matrices are outputs too, so that
their ranges can be observed. In int8, with these ranges, activations are unsigned with one scale for each matrix, and
weights are signed with one scale for each column (VNNI multiplies u8 by s8). All scales are constants, integer sums are
exact, and the rows of one run have equal length and need no mask. The result of a row therefore depends on that row
alone.

Among operators that compute the same, the graph uses the fastest in the releases of ONNX Runtime that the package
requires: SkipLayerNormalization is faster than Add with LayerNormalization (from 1.30 on it is slower),
MatMulIntegerToFloat is faster than the product in QAttention, and three separate products need no Split.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from services.enrichment.models.passages import POLARITY_LOGITS
from services.enrichment.models.session import EMBEDDED
from services.enrichment.models.windows import MAX_PIECES
from services.training.network import EPSILON
from services.training.shape import Activation, Shape

Floats = NDArray[np.float32]
Arrays = dict[str, Floats]

FUSED: Final = "com.microsoft"
"""Domain of ONNX Runtime's own operators; all that are used here run on its CPU provider."""

OPSET: Final = 17
IR_VERSION: Final = 10
"""Version of the ONNX format, which every ONNX Runtime from 1.18 on reads."""

INT8_MAX: Final = 127
UINT8_MAX: Final = 255

SPAN_HEAD: Final = "sentiment_inner"
"""Matrix over a span's mean joined with the sentence's first piece. A product with a mean is the mean of products, so
that the graph multiplies each piece, and at run time a span only costs a mean of short rows."""


@dataclass(frozen=True, slots=True)
class Range:
    """Range to which the input of a matrix is clipped; `low` is at most 0 and `high` above 0."""

    low: float
    high: float

    @property
    def scale(self) -> float:
        """The step between two of the 256 levels."""
        return (self.high - self.low) / UINT8_MAX

    @property
    def zero(self) -> int:
        """The level that stands for 0."""
        return round(-self.low / self.scale)


Ranges = Mapping[str, Range]
"""Range of the input of each matrix, by the matrix's name."""

AXES: Final = ("rows", "pieces")
"""Names of the axes of every input and of most outputs."""

SMALLEST_SCALE: Final = 1e-8
"""Lower bound of a scale, so that a row or column of zeros is not divided by zero."""


class GraphBuilder:
    """A collector of nodes and initialisers; every method returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic] | np.generic) -> str:
        """Add an initialiser."""
        self.initialisers.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def add(self, kind: str, output: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        """Add a node with one output."""
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, domain=domain, **attributes))
        return output

    def normalise(self, output: str, value: str, skip: str, weights: Arrays, norm: str) -> str:
        """Add a node that normalises a sum."""
        pair = [self.constant(f"{norm}.{kind}", weights[f"{norm}.{kind}"]) for kind in ("weight", "bias")]
        return self.add("SkipLayerNormalization", output, value, skip, *pair, domain=FUSED, epsilon=EPSILON)


def list_layer_matrices(shape: Shape) -> list[str]:
    """Return the names of the layers' matrices that run in int8, in the order of the products."""
    parts = ("qkv", "attention_out", "intermediate", "output")
    return [f"layers.{layer}.{part}" for layer in range(shape.layers) for part in parts]


def list_matrices(shape: Shape) -> list[str]:
    """Return the names of all matrices of the encoder's graph that run in int8, in the order of the products."""
    return [*list_layer_matrices(shape), SPAN_HEAD]


def build_embeddings(weights: Arrays) -> onnx.ModelProto:
    """Build the graph from ids and casings, (rows, pieces) int64, to `embedded` (rows, pieces, width).

    It is a graph of its own, because the word table is half of a model, and two networks share it.
    """
    graph = GraphBuilder()
    _embed(graph, weights)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, AXES) for name in ("ids", "casings")]
    outputs = [_declare(EMBEDDED, *AXES, weights["words.weight"].shape[1])]
    return _finish(graph, "embeddings", inputs, outputs)


def build_graph(weights: Arrays, shape: Shape, ranges: Ranges | None = None) -> onnx.ModelProto:
    """Build the graph of the encoder from `embedded` to the outputs of the heads for entities and their sentiment.

    Outputs are `tags`, logits (rows, pieces, tags), and the two halves of the sentiment head's inner layer before its
    bias: `spans` (rows, pieces, inner) for each piece and `firsts` (rows, inner) for the first piece. Without `ranges`
    everything is float, and the input of each matrix is an output under the matrix's name.
    """
    graph = GraphBuilder()
    multiply = _Multiplier(graph, weights, ranges)
    _add_heads(multiply, _add_layers(multiply, shape), shape)
    tags, inner = len(weights["tag_head.bias"]), len(weights[f"{SPAN_HEAD}.bias"])
    outputs = [_declare("tags", *AXES, tags), _declare("spans", *AXES, inner), _declare("firsts", "rows", inner)]
    observed = [] if ranges is not None else list_matrices(shape)
    return _finish_layers(graph, "encoder", shape, outputs, observed)


def build_article_graph(weights: Arrays, shape: Shape, ranges: Ranges | None = None) -> onnx.ModelProto:
    """Build the graph of the sentiment of articles from `embedded` to `polarities`, logits (rows, polarities).

    The head is small and runs in float, over the first piece joined with the mean of all pieces. Without `ranges`
    everything is float, and the input of each matrix is an output under the matrix's name.
    """
    graph = GraphBuilder()
    multiply = _Multiplier(graph, weights, ranges)
    hidden = _add_layers(multiply, shape)
    first = graph.add("Gather", "first", hidden, graph.constant("first_piece", np.int64(0)), axis=1)
    mean = graph.add("ReduceMean", "mean", hidden, axes=[1], keepdims=0)
    joined = graph.add("Concat", "joined", first, mean, axis=1)
    inner = graph.add("Tanh", "inner", _multiply_float(graph, weights, "article_inner", joined))
    graph.add("Identity", POLARITY_LOGITS, _multiply_float(graph, weights, "article_outer", inner))
    outputs = [_declare(POLARITY_LOGITS, "rows", len(weights["article_outer.bias"]))]
    observed = [] if ranges is not None else list_layer_matrices(shape)
    return _finish_layers(graph, "article", shape, outputs, observed)


def _multiply_float(graph: GraphBuilder, weights: Arrays, name: str, value: str) -> str:
    """Add a linear layer in float."""
    product = graph.add("MatMul", f"{name}.product", value, graph.constant(f"{name}.m", weights[f"{name}.weight"].T))
    return graph.add("Add", f"{name}.out", product, graph.constant(f"{name}.bias", weights[f"{name}.bias"]))


def _add_layers(multiply: _Multiplier, shape: Shape) -> str:
    hidden = EMBEDDED
    for index in range(shape.layers):
        hidden = _add_layer(multiply, f"layers.{index}.", hidden, shape)
    return hidden


def _embed(graph: GraphBuilder, weights: Arrays) -> str:
    """Add word, position and casing embeddings, and normalise the sum."""
    words = _gather_words(graph, weights["words.weight"])
    table = graph.constant("casing_table", weights["casings.weight"])
    casings = graph.add("Gather", "casing", table, "casings")
    graph.constant("zero", np.array([0], np.int64))
    graph.constant("one", np.array([1], np.int64))
    graph.constant("two", np.array([2], np.int64))
    graph.constant("positions", weights["positions.weight"][:MAX_PIECES])
    size = graph.add("Shape", "size", "ids")
    length = graph.add("Slice", "length", size, "one", "two")
    places = graph.add("Slice", "places", "positions", "zero", length)
    return graph.normalise(EMBEDDED, graph.add("Add", "placed", words, places), casings, weights, "norm")


def _gather_words(graph: GraphBuilder, table: NDArray[np.float32]) -> str:
    """Look up words in an int8 table with one scale for each word; the table is half of the model's size."""
    scales = np.maximum(np.abs(table).max(axis=1, keepdims=True), SMALLEST_SCALE) / INT8_MAX
    graph.constant("word_table", np.rint(table / scales).astype(np.int8))
    graph.constant("word_scales", scales.astype(np.float32))
    levels = graph.add("Cast", "levels", graph.add("Gather", "rows", "word_table", "ids"), to=TensorProto.FLOAT)
    return graph.add("Mul", "words", levels, graph.add("Gather", "row_scales", "word_scales", "ids"))


@dataclass(frozen=True, slots=True)
class _Multiplier:
    """A writer of products with the network's matrices, in float or in int8."""

    graph: GraphBuilder
    weights: Arrays
    ranges: Ranges | None

    def read(self, name: str, value: str) -> str:
        """Prepare the input of the matrix `name`: quantise it if there are ranges."""
        if self.ranges is None:
            return self.graph.add("Identity", name, value)
        scale = self.graph.constant(f"{name}.scale", np.float32(self.ranges[name].scale))
        zero = self.graph.constant(f"{name}.zero", np.uint8(self.ranges[name].zero))
        return self.graph.add("QuantizeLinear", f"{name}.levels", value, scale, zero)

    def multiply(self, name: str, value: str, output: str, matrix: Floats, bias: str = "") -> str:
        """Multiply the result of `read` with `matrix` (inputs, outputs) and add the bias of that name."""
        if self.ranges is None:
            product = self.graph.add("MatMul", f"{output}.product", value, self.graph.constant(f"{output}.m", matrix))
            return self.graph.add("Add", output, product, bias) if bias else self.graph.add("Identity", output, product)
        scales = np.maximum(np.abs(matrix).max(axis=0), SMALLEST_SCALE) / INT8_MAX
        levels = self.graph.constant(f"{output}.m", np.rint(matrix / scales).astype(np.int8))
        scale = self.graph.constant(f"{output}.scales", scales.astype(np.float32))
        inputs = (value, levels, f"{name}.scale", scale, f"{name}.zero", "", *([bias] if bias else []))
        return self.graph.add("MatMulIntegerToFloat", output, *inputs, domain=FUSED)

    def apply(self, name: str, value: str, *outputs: str) -> list[str]:
        """Multiply with the matrix `name` of a linear layer and add its bias; several outputs share its columns."""
        levels = self.read(name, value)
        columns = np.split(self.weights[f"{name}.weight"].T, len(outputs), axis=1)
        biases = np.split(self.weights[f"{name}.bias"], len(outputs))
        return [
            self.multiply(name, levels, output, matrix, self.graph.constant(f"{output}.bias", bias))
            for output, matrix, bias in zip(outputs, columns, biases, strict=True)
        ]


def _add_layer(multiply: _Multiplier, prefix: str, hidden: str, shape: Shape) -> str:
    graph = multiply.graph

    def normalise(output: str, value: str, skip: str, norm: str) -> str:
        return graph.normalise(prefix + output, value, skip, multiply.weights, prefix + norm)

    parts = multiply.apply(f"{prefix}qkv", hidden, *(f"{prefix}{part}" for part in ("query", "key", "value")))
    mixed = graph.add("MultiHeadAttention", f"{prefix}mixed", *parts, domain=FUSED, num_heads=shape.heads)
    (projected,) = multiply.apply(f"{prefix}attention_out", mixed, f"{prefix}projected")
    attended = normalise("attended", projected, hidden, "attention_norm")
    (inner,) = multiply.apply(f"{prefix}intermediate", attended, f"{prefix}inner")
    active = _activate(graph, f"{prefix}active", inner, shape.activation)
    (outer,) = multiply.apply(f"{prefix}output", active, f"{prefix}outer")
    return normalise("out", outer, attended, "output_norm")


def _activate(graph: GraphBuilder, output: str, value: str, activation: Activation) -> str:
    if activation == "relu":
        return graph.add("Relu", output, value)
    return graph.add("Gelu", output, value, domain=FUSED)


def _add_heads(multiply: _Multiplier, hidden: str, shape: Shape) -> None:
    """Add the heads: tags in float, because they are cheap and matter most; the sentiment's inner layer as a matrix."""
    graph, weights = multiply.graph, multiply.weights
    product = graph.add(
        "MatMul", "tag_product", hidden, graph.constant("tag_head.weight", weights["tag_head.weight"].T)
    )
    graph.add("Add", "tags", product, graph.constant("tag_head.bias", weights["tag_head.bias"]))
    inner = weights[f"{SPAN_HEAD}.weight"].T
    levels = multiply.read(SPAN_HEAD, hidden)
    multiply.multiply(SPAN_HEAD, levels, "spans", inner[: shape.width])
    first = graph.add("Gather", "first", levels, graph.constant("first_piece", np.int64(0)), axis=1)
    multiply.multiply(SPAN_HEAD, first, "firsts", inner[shape.width :])


def _declare(name: str, *axes: str | int | None) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(axes))


def _finish_layers(
    graph: GraphBuilder, name: str, shape: Shape, outputs: list[onnx.ValueInfoProto], observed: list[str]
) -> onnx.ModelProto:
    inputs = [_declare(EMBEDDED, *AXES, shape.width)]
    return _finish(graph, name, inputs, [*outputs, *(_declare(each, *AXES, None) for each in observed)])


def _finish(
    graph: GraphBuilder, name: str, inputs: list[onnx.ValueInfoProto], outputs: list[onnx.ValueInfoProto]
) -> onnx.ModelProto:
    body = helper.make_graph(graph.nodes, name, inputs, outputs, graph.initialisers)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=IR_VERSION, producer_name="copydesk")
