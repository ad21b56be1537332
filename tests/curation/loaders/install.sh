#!/bin/sh
# Makes an environment for each project whose loader is tried on our exports, below the directory given
# (.loaders unless said otherwise). They stay apart from ours: one of them has a package called verifiers.
# Those that need torch borrow it, and are installed without their other dependencies.
set -eu
cd "$(dirname "$0")/../../.."
into=${1:-.loaders}
uv=$PWD/.venv/bin/uv
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

make_env() { # name, python, then what is installed
    name=$1 python=$2
    shift 2
    "$uv" venv -q --clear --python "$python" "$into/$name"
    "$uv" pip install -q --python "$into/$name/bin/python" "$@"
}

borrow() { "$into/$1/bin/python" - "$site" <<'PY'
import sys, sysconfig
open(sysconfig.get_path("purelib") + "/borrowed.pth", "w").write(sys.argv[1] + "\n")
PY
}

make_env verl .venv/bin/python --no-deps verl==0.9.1 omegaconf==2.3.0 \
    antlr4-python3-runtime==4.9.3 tensordict==0.10.0 codetiming==1.4.0 hydra-core==1.3.8 \
    pyvers==0.2.3 orjson==3.13.0
borrow verl
make_env openrlhf .venv/bin/python --no-deps openrlhf==0.11.2 pylatexenc==2.10
borrow openrlhf
make_env verifiers_v0 .venv/bin/python verifiers==0.1.14 'datasets<4.7'
make_env verifiers_v1 .venv/bin/python verifiers==0.4.0 pyarrow
make_env nemo_gym 3.12 nemo-gym==0.4.0
