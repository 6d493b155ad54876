"""Every setting of a training run, with its default, range and meaning. Frozen; saved resolved beside every result.

Names are PaddleOCR's where PaddleOCR has one (`Global.epoch_num`, `Optimizer.lr.learning_rate`,
`Train.loader.batch_size_per_card`, `label_file_list`, `ratio_list`). `settings_yaml.py` reads and
writes them, `settings_check.py` says which combinations make no sense.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple


class Range(NamedTuple):
    """Bounds of a number (of each number in a list); `None` is unbounded."""

    low: float | None = None
    high: float | None = None
    open_low: bool = False


Share = Annotated[float, Range(0, 1)]
Positive = Annotated[float, Range(0, None, open_low=True)]
Count = Annotated[int, Range(1)]


@dataclass(frozen=True)
class Global:
    """The run as a whole. Exactly one of `steps` and `epoch_num` says how long it is."""

    seed: Annotated[int, Range(0, 2**31 - 1)] = 0
    steps: Count | None = None  # optimizer steps
    epoch_num: Count | None = None  # passes over the labelled pictures
    max_minutes: Positive | None = None  # stop cleanly (resumable) when this much time has been trained
    processes: Count = 1  # data-parallel processes; on a CPU one a core is fastest
    use_gpu: bool = False
    save_model_dir: str | None = None  # run folder; default runs/<name of the configuration>; --out overrides
    print_batch_step: Count = 50  # steps between two lines of metrics.jsonl
    eval_batch_step: Count = 500  # steps between two validations; each writes last/ and perhaps best/


@dataclass(frozen=True)
class Student:
    name: str = "vin_nano"
    height: Annotated[int, Range(8, 256)] = 32
    width: Annotated[int, Range(64, 2048)] = 320


@dataclass(frozen=True)
class Teacher:
    """Who labels the unlabelled pictures, and how sure it must be of a reading that `gate.py` finds well formed."""

    name: str | None = None
    confidence: Share = 0.5
    confidence_unchecked: Share = 0.9  # where no check digit vouches for the reading


@dataclass(frozen=True)
class Distillation:
    """Whose outputs teach the student on every line, for the losses that learn from a teacher."""

    teacher: str | None = None  # folder of a checkpoint, such as runs/vin_small/best
    gate_correct: bool = False  # learn from it only the lines that it reads as their label says
    options: dict[str, dict[str, Any]] = field(default_factory=dict)  # by loss; what a loss takes stands in its file
    # Exact match that the teacher should be above the student at its start. By chance alone two scores on 512 lines
    # differ by up to 4 points (near 90 %) or 6 (near 50 %).
    margin: Share = 0.05
    require_gap: bool = False  # refuse to distill from a teacher that is not; else it is only said (--require-gap)


@dataclass(frozen=True)
class Synthetic:
    """Lines drawn on the fly: `difficulty` is drawn evenly from this range, `kinds` empty means all."""

    seed: Annotated[int, Range(0, 2**31 - 1)] = 1
    difficulty: Annotated[tuple[float, float], Range(0, 1)] = (0.0, 1.0)
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shares:
    """How many of a batch's lines come from where, as relative weights; only sources that the run has count."""

    synthetic: Annotated[float, Range(0)] = 1.0
    labelled: Annotated[float, Range(0)] = 1.0
    pseudo: Annotated[float, Range(0)] = 1.0


@dataclass(frozen=True)
class TrainDataset:
    shares: Shares = field(default_factory=Shares)
    synthetic: Synthetic = field(default_factory=Synthetic)
    data_dir: str | None = None  # what the lists' paths are relative to; default: the folder of each list
    label_file_list: tuple[str, ...] = ()
    ratio_list: Annotated[tuple[float, ...], Range(0, 1, open_low=True)] = ()  # part of each list that is used
    unlabelled: tuple[str, ...] = ()  # folders of pictures, or text files of picture paths, for the teacher to label
    augment: Share = 0.8  # probability that a picture from a file is altered (synthetic lines bring their own)


@dataclass(frozen=True)
class Loader:
    batch_size_per_card: Count = 16  # lines a step and process
    num_workers: Annotated[int, Range(0)] = 0  # drawing processes for each training process; 0 draws in place


@dataclass(frozen=True)
class Train:
    dataset: TrainDataset = field(default_factory=TrainDataset)
    loader: Loader = field(default_factory=Loader)


@dataclass(frozen=True)
class EvalSynthetic:
    """Held-out synthetic lines: another seed, and makers (WMIs) that training never draws."""

    lines: Annotated[int, Range(0)] = 512
    seed: Annotated[int, Range(0, 2**31 - 1)] = 990_001
    difficulty: Annotated[tuple[float, float], Range(0, 1)] = (0.0, 1.0)
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class EvalDataset:
    """The validation sets. With lists given, they choose the best checkpoint; else the synthetic lines do."""

    synthetic: EvalSynthetic = field(default_factory=EvalSynthetic)
    data_dir: str | None = None
    label_file_list: tuple[str, ...] = ()


@dataclass(frozen=True)
class Eval:
    dataset: EvalDataset = field(default_factory=EvalDataset)


@dataclass(frozen=True)
class LearningRate:
    """Linear warm-up from 0, then a half cosine to 0 or a constant. One of the warm-up lengths may be given."""

    name: Literal["Cosine", "Const"] = "Cosine"
    learning_rate: Positive = 0.002
    warmup_steps: Annotated[int, Range(0)] | None = None
    warmup_epoch: Annotated[float, Range(0)] | None = None


@dataclass(frozen=True)
class Optimizer:
    """AdamW (Loshchilov and Hutter 2019)."""

    beta1: Annotated[float, Range(0, 0.9999)] = 0.9
    beta2: Annotated[float, Range(0, 0.999999)] = 0.999
    weight_decay: Share = 0.01  # weights of convolutions and linear maps only
    clip_norm: Positive | None = 5.0  # global gradient norm
    lr: LearningRate = field(default_factory=LearningRate)


@dataclass(frozen=True)
class Ema:
    """Exponential moving average of the weights: what is validated and saved for export. 0 turns it off."""

    decay: Annotated[float, Range(0, 0.99999)] = 0.999


@dataclass(frozen=True)
class Augmentation:
    """How real pictures are altered in fine-tuning (`vin_augment.py`); each range is drawn from evenly."""

    prob: Share = 0.5  # probability that a picture is altered at all; the others are of each operation then
    brightness_prob: Share = 0.7
    brightness_range: Annotated[tuple[float, float], Range(0.1, 10)] = (0.7, 1.3)  # gray values are multiplied with
    brightness_shift: Annotated[tuple[float, float], Range(-255, 255)] = (-30.0, 30.0)  # and this is added
    rotation_prob: Share = 0.5
    rotation_range: Annotated[tuple[float, float], Range(-45, 45)] = (-5.0, 5.0)  # degrees
    blur_prob: Share = 0.3
    noise_prob: Share = 0.3
    noise_std: Annotated[float, Range(0, 128)] = 10.0  # gray levels
    perspective_prob: Share = 0.3
    perspective_warp: Annotated[float, Range(0, 0.25)] = 0.05  # of the shorter side, by which a corner may move
    jpeg_prob: Share = 0.3
    jpeg_quality_range: Annotated[tuple[int, int], Range(1, 100)] = (50, 95)


@dataclass(frozen=True)
class Lora:
    """LoRA (`finetune/lora.py`). A target is `linear`, `conv1x1`, or a pattern of layer names such as `head.*.qkv`."""

    rank: Count = 8
    alpha: Positive = 16.0  # the adaptation counts alpha / rank
    targets: tuple[str, ...] = ("linear", "conv1x1")
    whole: tuple[str, ...] = ("head",)  # parts, or patterns of layer names, that train in full


@dataclass(frozen=True)
class FineTuning:
    """How a pretrained teacher is fitted to VINs: which of its parts move, when, and how fast.

    The multipliers are those of the technique `discriminative`, the epochs those of `gradual`.
    """

    technique: str = "auto"  # a file of `distill/finetune`
    early_backbone_lr_mult: Positive | None = None  # default: a tenth of backbone_lr_mult
    backbone_lr_mult: Positive = 0.1
    neck_lr_mult: Positive = 0.5
    head_lr_mult: Positive = 1.0
    unfreeze_epochs: Annotated[tuple[int, int, int], Range(1)] = (11, 21, 31)  # + neck, + late backbone, all
    lora: Lora = field(default_factory=Lora)


@dataclass(frozen=True)
class Settings:
    Global: Global = field(default_factory=Global)
    Student: Student = field(default_factory=Student)
    Teacher: Teacher = field(default_factory=Teacher)
    Distillation: Distillation = field(default_factory=Distillation)
    Train: Train = field(default_factory=Train)
    Eval: Eval = field(default_factory=Eval)
    # Weight of every loss; the names are the files of `distill/losses`, and 0 leaves one out.
    Loss: dict[str, Annotated[float, Range(0)]] = field(default_factory=lambda: {"ctc": 1.0, "frame": 0.5})
    Optimizer: Optimizer = field(default_factory=Optimizer)
    EMA: Ema = field(default_factory=Ema)
