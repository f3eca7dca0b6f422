PY = .venv/bin/python
export UV_PYTHON_DOWNLOADS = never

.venv/.ready: pyproject.toml requirements/dev.txt
	@test -x $(PY) || python3 -m venv .venv
	@UV=$$(command -v uv || echo .venv/bin/uv); test -x "$$UV" || .venv/bin/pip -q install uv; \
	 $$UV pip install -q --compile-bytecode --python $(PY) --require-hashes -r requirements/dev.txt && \
	 $$UV pip install -q --python $(PY) --no-deps --no-build-isolation -e .
	@touch $@

help:  ## List the tasks
	@grep -hE '^[a-z-]+:.*##' Makefile | awk -F':.*## ' '{printf "  %-12s %s\n",$$1,$$2}'

demo: .venv/.ready  ## Replay 2013's flights through the whole loop (about seven minutes)
	@.venv/bin/tenure demo

up: .venv/.ready  ## Run api, serving and worker on the demo's home (or any: TENURE_HOME=...)
	@.venv/bin/tenure --home $${TENURE_HOME:-.tenure-demo} up

test: .venv/.ready  ## Pass the tests
	@$(PY) -m pytest -n 2 --dist worksteal

check: .venv/.ready  ## Format, lint, types, import contracts, generated files
	@.venv/bin/ruff format --check -q . && .venv/bin/ruff check -q . && .venv/bin/mypy && .venv/bin/lint-imports --no-cache && $(PY) -m pytest tests/architecture

fix: .venv/.ready  ## Format and mend what can be mended
	@.venv/bin/ruff check -q --fix . ; .venv/bin/ruff format -q .

bench: .venv/.ready  ## Measure (NAME=<name>, QUICK=1 for the nearest peer only)
	@$(PY) benchmarks/run.py $(NAME)

chaos: .venv/.ready  ## Kill real processes at random moments, for long
	@$(PY) -m pytest tests/chaos -m chaos -n 2 --chaos-points=1000

fuzz: .venv/.ready  ## Try many odd requests against serving, and many odd files (TIMES=20 the share of make test)
	@TENURE_FUZZ=$${TIMES:-20} $(PY) -m pytest -n 2 tests/serving/codecs tests/serving/test_fuzz.py \
	 tests/serving/test_validation.py tests/serving/test_agreement.py \
	 tests/adapters/frameworks/foreign/test_planted.py tests/services/test_rollout_machine.py

clients: .venv/.ready  ## Ask serving with KServe's own clients (builds their environment once)
	@$(PY) -m pytest tests/serving/kserve_clients.py

test-torch: .venv-torch/.ready  ## Hand in PyTorch's models (builds their environment once)
	@.venv-torch/bin/python -m pytest tests/adapters/frameworks/foreign/torch_models.py

.venv-torch/.ready: pyproject.toml requirements/dev.txt .venv/.ready
	@$(PY) -m venv .venv-torch
	@UV=$$(command -v uv || echo .venv/bin/uv); \
	 $$UV pip install -q --python .venv-torch/bin/python --require-hashes -r requirements/dev.txt && \
	 $$UV pip install -q --python .venv-torch/bin/python --no-deps --no-build-isolation -e .
	@.venv-torch/bin/pip -q install torch==2.13.0 onnxscript  # the whole of it: the jail reads nothing else
	@touch $@

proto: .venv/.ready  ## Write the gRPC messages from their .proto
	@$(PY) -m tests.architecture.proto

home: .venv/.ready  ## Pack the home that a revision writes, for the tests of migrations (REV=...)
	@$(PY) -m tests.homes.pack $(REV)

LOCKED = --extra catboost --extra demo --extra onnx --extra otel --extra postgres --extra redis --extra skops --extra xgboost
COMPILE = pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header $(LOCKED)

lock: .venv/.ready  ## Compile the hashed requirement files
	@UV=$$(command -v uv || echo .venv/bin/uv); \
	 $$UV $(COMPILE) pyproject.toml -o requirements/run.txt && \
	 $$UV $(COMPILE) --group dev pyproject.toml requirements/build.in -o requirements/dev.txt

clean:  ## Remove what was built
	@rm -rf .venv .venv-torch .tenure-demo dist .mypy_cache .ruff_cache .pytest_cache

.PHONY: help demo up test test-torch check fix bench chaos clients fuzz proto home lock clean
