# Two commands: `make run` opens the lab, `make test` checks it. Both build .venv first.
PYTHON ?= python3
PORT   ?= 8501
BIN    := .venv/bin

.PHONY: run test test-slow test-engines lint format clean-environment

run: .venv/ready
	$(BIN)/streamlit run app.py --server.port $(PORT)

# Two processes of one thread each: more threads than cores only wait for one another.
test: .venv/ready lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not gpu and not engines"

# The engines on real clusters of this machine: Ray is started by the test, Slurm where one answers.
test-engines: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-engines.txt
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/engine -m "engines"

test-slow: .venv/ready
	$(BIN)/python -m pytest -m "slow"

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The stamp is newer than requirements.txt when the environment fits it.
.venv/ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "dcviz needs Python 3.11 or newer; $$($(PYTHON) --version) was found. Try: make PYTHON=python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

clean-environment:
	rm -rf .venv
