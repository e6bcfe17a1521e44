"""Conversion of a BERT from an ONNX file, under the original names of its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors.numpy import save_file

from services.training.shape import Shape

Arrays = dict[str, NDArray[np.float32]]

MATRICES: Final = (
    "attention/self/query",
    "attention/self/key",
    "attention/self/value",
    "attention/output/dense",
    "intermediate/dense",
    "output/dense",
)
"""Linear layers of one block; the ONNX exporter keeps the names of their biases and loses those of the matrices."""


def convert_onnx(source: Path, shape: Shape, target: Path) -> None:
    """Write the BERT in an ONNX file as safetensors. Raises ValueError when a matrix is missing."""
    graph = onnx.load(str(source)).graph
    arrays = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    # The node of a matrix product has the name of its module, and the transposed weight of it.
    products = {node.name: node.input[1] for node in graph.node if node.op_type == "MatMul"}
    named: Arrays = {name: array for name, array in arrays.items() if "::" not in name and array.dtype == np.float32}
    for layer in range(shape.layers):
        for matrix in MATRICES:
            node = f"/encoder/layer.{layer}/{matrix}/MatMul"
            if node not in products:
                raise ValueError(f"{source.name} has no node {node}: it is not the expected export of a BERT")
            name = f"encoder.layer.{layer}.{matrix.replace('/', '.')}.weight"
            named[name] = np.ascontiguousarray(arrays[products[node]].T)
    save_file(named, str(target))
