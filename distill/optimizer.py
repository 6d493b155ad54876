"""The optimizer that the settings describe, and its state keyed by structured parameter names.

Paddle keys optimizer state by names such as `conv2d_3.w_0_moment1_0`, which count layers in the order of their
construction in the process: meaningless anywhere else. Here the same value is `backbone.1.0.weight/moment1`.
"""

from __future__ import annotations

import re

import numpy as np
import paddle
from paddle import nn

from .settings import Settings

Arrays = dict[str, np.ndarray]


def build_optimizer(settings: Settings, layer: nn.Layer) -> paddle.optimizer.Optimizer:
    """Return the optimizer; its learning rate is set anew before every step."""
    chosen = settings.Optimizer
    clip = None if chosen.clip_norm is None else nn.ClipGradByGlobalNorm(chosen.clip_norm)
    # Biases and BatchNorm's scale and shift are vectors; pulling those to 0 only hurts.
    decayed = {parameter.name for parameter in layer.parameters() if parameter.ndim > 1}
    return paddle.optimizer.AdamW(
        chosen.lr.learning_rate,
        chosen.beta1,
        chosen.beta2,
        parameters=layer.parameters(),
        weight_decay=chosen.weight_decay,
        apply_decay_param_fun=decayed.__contains__,
        grad_clip=clip,
    )


def optimizer_arrays(optimizer: paddle.optimizer.Optimizer, layer: nn.Layer) -> Arrays:
    """Return copies of the optimizer's state as `<structured parameter name>/<slot>`."""
    arrays = {}
    state = {key: value for key, value in optimizer.state_dict().items() if isinstance(value, paddle.Tensor)}
    for name, parameter in layer.named_parameters():
        prefix = f"{parameter.name}_"
        for key, value in state.items():
            if key.startswith(prefix):
                slot = re.sub(r"_\d+$", "", key.removeprefix(prefix))  # a counter of optimizers in this process
                arrays[f"{name}/{slot}"] = np.array(value.numpy())
    return arrays


def restore_optimizer(optimizer: paddle.optimizer.Optimizer, layer: nn.Layer, arrays: Arrays) -> None:
    """Give a fresh optimizer of a fresh layer the state that `optimizer_arrays` returned."""
    own = dict(layer.named_parameters())
    state = {}
    for key, value in arrays.items():
        name, _, slot = key.rpartition("/")
        state[f"{own[name].name}_{slot}_0"] = paddle.to_tensor(value)
    # Paddle makes a parameter's slots at its first step, and then wants to find all of them in the state given. A
    # parameter that joins later (gradual unfreezing) has none there, so: make the slots that have values, and forget.
    known = {key.rpartition("/")[0] for key in arrays}
    block = paddle.static.default_main_program().global_block()
    optimizer._create_accumulators(block, [parameter for name, parameter in own.items() if name in known])
    optimizer.set_state_dict(state)
    optimizer._accumulators_holder = {}
