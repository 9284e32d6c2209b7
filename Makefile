# readkin: make demo | make test | make install | make lint. See README.md.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install install-dev demo test test-uncompiled test-hf test-iac test-cluster lint \
  format docs pins clean kernels verify-align verify-many-units verify-objects fuzz bench-align bench-pairs \
  bench-clusters bench-stages bench-long-reads bench-scale tradeoff

CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
BIN := .venv/bin

help:   ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

install: .venv/installed   ## make .venv with the pinned packages

install-dev: .venv/installed-dev

.venv/bin/python:
	@python=$$(envs/find_python.sh) && "$$python" -m venv .venv

# The line in plugins.pth makes Snakemake find the plugins of executors/, relative to site-packages.
.venv/installed: envs/requirements.txt executors/plugins.pth | .venv/bin/python
	@echo "Installing the pinned packages into .venv (one to two minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r envs/requirements.txt
	@cp executors/plugins.pth .venv/lib/python3*/site-packages/
	@touch $@

.venv/installed-dev: envs/requirements-dev.txt .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r envs/requirements-dev.txt
	@touch $@

DEMO := tests/data/demo_reads.txt tests/data/demo_community.tsv $(wildcard tests/data/demo_genomes/*.gz)

demo/samples.tsv: $(DEMO) workflow_scripts/simulate_reads.py | .venv/installed
	@$(BIN)/python workflow_scripts/simulate_reads.py @tests/data/demo_reads.txt --output demo

demo: .venv/installed demo/samples.tsv   ## install, simulate reads, run the workflow on them
	@$(BIN)/snakemake --cores $(CORES) --quiet progress rules
	@echo; cat results/findings.txt
	@echo; echo "Report: $(CURDIR)/results/report.html"
	@echo; echo "To write the reads of each cluster:"
	@echo "  source .venv/bin/activate"
	@echo "  snakemake --cores $(CORES) export_clusters --config 'cluster={export: fastq}'"

kernels: .venv/installed-dev
	@PYTHONPATH=workflow_scripts:tests $(BIN)/python -m support.compile_kernels

test: kernels   ## all tests except the fault drills of test-cluster
	@$(BIN)/python -m pytest --numprocesses $(CORES) --no-loadscope-reorder \
	  $(ARGUMENTS)

test-uncompiled: .venv/installed-dev   ## kernels as plain Python, which coverage can see
	@NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest --numprocesses $(CORES) tests/kernels $(ARGUMENTS)

.venv/installed-bench: envs/requirements-bench.txt .venv/installed-dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r envs/requirements-bench.txt
	@touch $@

PAIRS ?= 1000000

verify-align: .venv/installed-dev   ## a million alignments against other programs (PAIRS=n)
	@PYTHONPATH=workflow_scripts:tests $(BIN)/python -m verification --pairs $(PAIRS)

UNITS ?= 5000

verify-many-units: .venv/installed-dev   ## run thousands of tiny units (UNITS=n; SLURM=1: on Slurm)
	@PYTHONPATH=workflow_scripts:tests $(BIN)/python -m verification.many_units --units $(UNITS) \
	  $(if $(SLURM),--slurm)

GB ?= 5

verify-objects: .venv/installed-dev   ## publish and fetch 5 GB in S3 (GB=n; needs twice the disk)
	@PYTHONPATH=workflow_scripts:tests $(BIN)/python -m verification.objects --gigabytes $(GB)

MINUTES ?= 60

fuzz: .venv/installed-dev   ## random and damaged input to the readers of all files (MINUTES=n)
	@PYTHONPATH=workflow_scripts:tests:. $(BIN)/python -m fuzzing --minutes $(MINUTES)

bench-align: .venv/installed-bench   ## time the alignment beside its peers (15 min; QUICK=1: 3 min)
	@PYTHONPATH=workflow_scripts:tests $(BIN)/python -m benchmarks.align

bench-pairs: .venv/installed-bench   ## measure find_pairs beside its peers (QUICK=1: under 3 min)
	@PYTHONPATH=workflow_scripts:tests $(BIN)/python -m benchmarks.pairs $(ARGUMENTS)

bench-clusters: .venv/installed-bench   ## clusters and their peers (SETS=... REPEATS=n; QUICK=1: 5 min)
	@PYTHONPATH=workflow_scripts:tests $(BIN)/python -m benchmarks.clusters \
	  $(if $(SETS),--sets $(SETS)) $(if $(REPEATS),--repeats $(REPEATS)) $(ARGUMENTS)

bench-stages: .venv/installed-bench   ## time the stages beside other programs (QUICK=1: 1 min)
	@PYTHONPATH=workflow_scripts:tests $(BIN)/python -m benchmarks.stages $(ARGUMENTS)

bench-long-reads: .venv/installed-bench   ## overlaps of long reads beside minimap2 (QUICK=1: 1 min)
	@PYTHONPATH=workflow_scripts:tests $(BIN)/python -m benchmarks.long_reads $(ARGUMENTS)

bench-scale: .venv/installed-bench kernels   ## measure the terms of a model for 10^9 reads (QUICK=1: 3 min)
	@PYTHONPATH=workflow_scripts:tests $(BIN)/python -m benchmarks.scale $(ARGUMENTS)

tradeoff: .venv/installed-bench kernels   ## trade-offs of Ray, MPI, Slurm (21 min; QUICK=1: 3 min)
	@PYTHONPATH=workflow_scripts:tests $(BIN)/python -m benchmarks.tradeoff $(ARGUMENTS)
	@$(if $(filter-out 0,$(QUICK)),,$(BIN)/python docs/generate.py --fix)

.venv-hf/installed: envs/requirements-hf.txt
	@python=$$(envs/find_python.sh) && "$$python" -m venv .venv-hf
	@echo "Installing torch and the rest into .venv-hf (several minutes, 7 GB)"
	@.venv-hf/bin/python -m pip install --quiet --disable-pip-version-check -r envs/requirements-hf.txt
	@touch $@

test-hf: .venv-hf/installed   ## only what needs torch, in a venv of its own
	@READKIN_REQUIRE_HF=1 .venv-hf/bin/python -m pytest tests/embedding

test-cluster: .venv/installed-dev   ## on a real Slurm, with fault drills -> bench-results/drills.json
	@rm -f bench-results/drills.json
	@READKIN_REQUIRE_CLUSTER=1 $(BIN)/python -m pytest tests/cluster -m 'cluster or drill'

.venv-iac/installed: envs/requirements-iac.txt
	@python=$$(envs/find_python.sh) && "$$python" -m venv .venv-iac
	@echo '*' > .venv-iac/.gitignore
	@.venv-iac/bin/python -m pip install --quiet --disable-pip-version-check -r envs/requirements-iac.txt
	@touch $@

test-iac: .venv-iac/installed   ## check cluster/ with the code of ParallelCluster and Ray, without AWS
	@.venv-iac/bin/python -m pytest --confcutdir tests/iac tests/iac

lint: .venv/installed-dev   ## ruff, snakefmt, snakemake --lint, mypy, vulture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/snakefmt --check Snakefile rules
	@$(BIN)/snakemake --lint
	@$(BIN)/mypy workflow_scripts rules docs executors/ray/src
	@$(BIN)/python tests/support/dead_code.py

format: .venv/installed-dev   ## rewrite the code in the project's layout
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/snakefmt Snakefile rules

docs: .venv/installed-dev   ## rewrite the generated pages
	@$(BIN)/python docs/generate.py --fix

pins:   ## choose new versions: envs/*.in -> envs/*.txt (needs uv)
	@for set in requirements requirements-dev requirements-bench requirements-hf requirements-iac; do \
	  uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
	    envs/$$set.in -o envs/$$set.txt; done

clean:   ## remove results and intermediate files, keep .venv
	@rm -rf results work logs benchmarks demo .snakemake .numba_cache
