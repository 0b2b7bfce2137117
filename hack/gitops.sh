#!/usr/bin/env bash
# Prints the folder of `gitops`, which judges objects as GitOps tools do. Builds it if it does not exist yet.
set -euo pipefail
hack=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "$hack/go-tool.sh" "$hack/../tests/gitops" gitops . "-s -w" "some 30 seconds on 2 cores"
