"""The network as an ONNX graph, written node by node with ONNX Runtime's fused operators.

A traced graph would have to be pattern-matched back into these operators; written out it is short,
and the same on every machine.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from services.enrichment.models.windows import MAX_PIECES
from services.training.network import EPSILON
from services.training.shape import Shape

Arrays = dict[str, NDArray[np.float32]]

FUSED: Final = "com.microsoft"
"""Domain of ONNX Runtime's own operators; all used here run on its CPU provider."""

OPSET: Final = 17
IR_VERSION: Final = 10
"""Old enough for every ONNX Runtime from 1.18 on."""

INT8_MAX: Final = 127


class GraphBuilder:
    """Collects nodes and initialisers; every method returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initialisers: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Add an initialiser."""
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, output: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        """Add a node with one output."""
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, domain=domain, **attributes))
        return output


def build_graph(weights: Arrays, shape: Shape) -> onnx.ModelProto:
    """Build the float graph: ids, casings, mask (rows, pieces) int64 -> hidden (rows, pieces, width)."""
    graph = GraphBuilder()
    mask = graph.add("Cast", "mask32", "mask", to=TensorProto.INT32)
    hidden = _embed(graph, weights)
    for index in range(shape.layers):
        hidden = _add_layer(graph, weights, f"layers.{index}.", hidden, mask, shape)
    graph.add("Identity", "hidden", hidden)
    return _finish(graph, shape)


def _embed(graph: GraphBuilder, weights: Arrays) -> str:
    """Sum of word, position and casing embeddings, normalised."""
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
    total = graph.add("Add", "cased", graph.add("Add", "placed", words, places), casings)
    gamma = graph.constant("norm.weight", weights["norm.weight"])
    beta = graph.constant("norm.bias", weights["norm.bias"])
    return graph.add("LayerNormalization", "embedded", total, gamma, beta, axis=-1, epsilon=EPSILON)


def _gather_words(graph: GraphBuilder, table: NDArray[np.float32]) -> str:
    """Look words up in a table of int8 with one scale a word: half of the model's size is here."""
    scales = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-8) / INT8_MAX
    graph.constant("word_table", np.rint(table / scales).astype(np.int8))
    graph.constant("word_scales", scales.astype(np.float32))
    levels = graph.add("Cast", "levels", graph.add("Gather", "rows", "word_table", "ids"), to=TensorProto.FLOAT)
    return graph.add("Mul", "words", levels, graph.add("Gather", "row_scales", "word_scales", "ids"))


def _add_layer(graph: GraphBuilder, weights: Arrays, prefix: str, hidden: str, mask: str, shape: Shape) -> str:
    def matrix(name: str) -> str:
        return graph.constant(f"{prefix}{name}.weight", weights[f"{prefix}{name}.weight"].T)

    def vector(name: str) -> str:
        return graph.constant(prefix + name, weights[prefix + name])

    def normalise(output: str, value: str, skip: str, norm: str, bias: str) -> str:
        inputs = (value, skip, vector(f"{norm}.weight"), vector(f"{norm}.bias"), vector(f"{bias}.bias"))
        return graph.add("SkipLayerNormalization", prefix + output, *inputs, domain=FUSED, epsilon=EPSILON)

    attention = (hidden, matrix("qkv"), vector("qkv.bias"), mask)
    mixed = graph.add("Attention", prefix + "mixed", *attention, domain=FUSED, num_heads=shape.heads)
    projected = graph.add("MatMul", prefix + "projected", mixed, matrix("attention_out"))
    attended = normalise("attended", projected, hidden, "attention_norm", "attention_out")
    inner = graph.add("MatMul", prefix + "inner", attended, matrix("intermediate"))
    active = graph.add("BiasGelu", prefix + "active", inner, vector("intermediate.bias"), domain=FUSED)
    outer = graph.add("MatMul", prefix + "outer", active, matrix("output"))
    return normalise("out", outer, attended, "output_norm", "output")


def _finish(graph: GraphBuilder, shape: Shape) -> onnx.ModelProto:
    axes = ["rows", "pieces"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, axes) for name in ("ids", "casings", "mask")]
    output = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [*axes, shape.width])
    body = helper.make_graph(graph.nodes, "encoder", inputs, [output], graph.initialisers)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=IR_VERSION, producer_name="copydesk")
