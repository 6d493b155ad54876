# Two commands on a fresh machine: `make demo` and `make test`. Both make their own .venv and install into it.
# Needs Python 3.10-3.12 with venv, make and a C++17 compiler; CMake and ninja come through pip.

PYTHON ?= python3
BIN := .venv/bin
NATIVE := CMakeLists.txt setup.py pyproject.toml $(shell find runtime/cpp -name '*.cpp' -o -name '*.hpp' -o -name '*.h' -o -name CMakeLists.txt)
DEMO := demo

.PHONY: demo test lint types cpp-test py-test clean help
.DELETE_ON_ERROR:

help:
	@sed -n '1,2p' Makefile; echo; echo "make demo    from nothing to a VIN read, with a latency report (under 15 minutes)"
	@echo "make test    linters, type checks, C++ tests and Python tests (under 15 minutes)"
	@echo "make clean   remove everything these two made"

# ---- installation -----------------------------------------------------------------------------------------------

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' || { \
	  echo "vinedge trains on Python 3.10, 3.11 or 3.12 (Paddle and its ONNX exporter have no wheels for others);"; \
	  echo "$(PYTHON) is $$($(PYTHON) --version 2>&1). Name another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

# pip's own progress stays visible: Paddle alone is 190 MB.
.venv/installed-demo: .venv/created $(NATIVE)
	@echo "==> installing vinedge with its training side into .venv (Paddle is large: one to three minutes)"
	$(BIN)/python -m pip install --progress-bar on -e '.[export,bench,teachers]'
	@touch $@

.venv/installed-dev: .venv/created $(NATIVE)
	@echo "==> installing vinedge with its training side and the test tools into .venv"
	$(BIN)/python -m pip install --progress-bar on -e '.[dev,export,bench,teachers]'
	@# PP-OCRv4's wheel without its opencv-python, which would replace the headless one and needs a graphics library.
	$(BIN)/python -m pip install --quiet --no-deps rapidocr-onnxruntime==1.4.4
	@touch $@ .venv/installed-demo

# ---- demo: the main job, end to end; every step is a command a user would type -----------------------------------

demo: $(DEMO)/report/report.html
	@echo "==> reading five pictures the student has never seen"
	$(BIN)/vin-read --bundle $(DEMO)/bundle \
	  $(addprefix $(DEMO)/pictures/,$(shell head -n 5 $(DEMO)/pictures/test.txt | cut -f1)) || test $$? -eq 1  # 1: some gave no VIN
	@echo; echo "What was made:"
	@echo "  $(DEMO)/pictures/contact_sheet.png   synthetic VIN pictures"
	@echo "  $(DEMO)/run/                         the training run: settings, metrics, curves, checkpoints"
	@echo "  $(DEMO)/bundle/                      the exported reader: model.onnx and bundle.json"
	@echo "  $(DEMO)/report/report.html           latency and accuracy report; open it in a browser"
	@echo; echo "Next:"
	@echo "  $(BIN)/vin-read YOUR_PICTURE.jpg --bundle $(DEMO)/bundle         read your own picture"
	@echo "  $(BIN)/vin-distill --config configs/first_student.yml         train for half an hour to an hour: far more accurate"
	@echo "  $(BIN)/vin-bench $(DEMO)/bundle --pictures YOUR_FOLDER           measure on your own pictures"

$(DEMO)/pictures/train.txt: | .venv/installed-demo
	@echo "==> drawing synthetic VIN pictures"
	$(BIN)/vin-synth $(DEMO)/pictures --count 2000 --seed 7 --splits 0.4,0.3,0.3 --force

$(DEMO)/run/best/weights.safetensors: $(DEMO)/pictures/train.txt
	@echo "==> distilling a small student; PP-OCRv6 labels the unlabelled pictures"
	$(BIN)/vin-distill --config configs/demo.yml --out $(DEMO)/run $(if $(wildcard $(DEMO)/run/settings.yml),--resume)

$(DEMO)/bundle/bundle.json: $(DEMO)/run/best/weights.safetensors
	@echo "==> exporting to ONNX, checked against Paddle"
	$(BIN)/vin-export $(DEMO)/run/best -o $(DEMO)/bundle --name demo --pictures $(DEMO)/pictures/val.txt

$(DEMO)/report/report.html: $(DEMO)/bundle/bundle.json
	@echo "==> measuring latency and accuracy"
	$(BIN)/vin-bench $(DEMO)/bundle --pictures $(DEMO)/pictures/test.txt --out $(DEMO)/report

# ---- test ---------------------------------------------------------------------------------------------------------

test: lint types cpp-test py-test

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# mypy cannot see through an editable install, so it gets the package as a tree of links.
types: .venv/installed-dev
	@rm -rf build/types && mkdir -p build/types/vinedge
	@for part in runtime/vinedge/* distill export benchmarks; do ln -s "$(CURDIR)/$$part" build/types/vinedge/; done
	cd build/types && MYPYPATH=. $(CURDIR)/$(BIN)/mypy --config-file $(CURDIR)/pyproject.toml -p vinedge

cpp-test: .venv/installed-dev
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake -S . -B build/tests -G Ninja -DCMAKE_BUILD_TYPE=Release -DVINEDGE_TESTS=ON \
	  -DPython_EXECUTABLE="$(CURDIR)/$(BIN)/python"
	PATH="$(CURDIR)/$(BIN):$$PATH" cmake --build build/tests
	PATH="$(CURDIR)/$(BIN):$$PATH" ctest --test-dir build/tests --output-on-failure

py-test: .venv/installed-dev
	$(BIN)/python -m pytest

clean:
	rm -rf .venv build dist $(DEMO) vinedge.egg-info runtime/vinedge/_native*.so
