"""Fine-tuning techniques: one file each, every one with `build() -> Technique`; `auto` chooses among them."""
