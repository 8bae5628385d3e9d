"""What a person wrote, as nodes and values, with line and column of every fault."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.parsing.faults import Fault, did_you_mean, shown
    from simulator.parsing.yaml_nodes import Node, read_nodes, read_text

__all__ = ["Fault", "Node", "did_you_mean", "read_nodes", "read_text", "shown"]

__getattr__ = lazy_names(
    __name__,
    {
        "faults": (
            "Fault",
            "did_you_mean",
            "shown",
        ),
        "yaml_nodes": (
            "Node",
            "read_nodes",
            "read_text",
        ),
    },
)
