#!/bin/sh
# Locks every dependency by hash; no address of a registry is written.
# SPDX-License-Identifier: AGPL-3.0-or-later
set -eu
cd "$(dirname "$0")/.."
compile() { "${UV:-uv}" pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 "$@"; }
compile pyproject.toml --output-file requirements/run.txt
compile pyproject.toml --extra semantic --output-file requirements/semantic.txt
compile pyproject.toml --extra train --extra network --extra semantic --group dev --output-file requirements/dev.txt
echo uv | compile - --output-file requirements/uv.txt
# Rasa's own environment: one Python, one platform.
"${UV:-uv}" pip compile --directory nlu/rasa --quiet --generate-hashes --no-annotate --no-header --no-emit-index-url --python-version 3.11 --python-platform x86_64-manylinux2014 pyproject.toml --output-file requirements.txt
