#!/usr/bin/env bash
# Prints the folder of `helm`. Builds it if it does not exist yet.
set -euo pipefail
hack=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "$hack/go-tool.sh" "$hack/../tests/helm" helm helm.sh/helm/v4/cmd/helm \
    "-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1" "some 2 minutes on 2 cores"
