#!/usr/bin/env bash
# Prints the folder of `control-plane` and `kubectl`, the Kubernetes control plane for tests and demo. Builds them
# if they do not exist yet.
set -euo pipefail
hack=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
exec "$hack/go-tool.sh" "$hack/../tests/control-plane" control-plane . \
    "-s -w -X k8s.io/component-base/version.gitVersion=v1.37.2" "etcd, kube-apiserver, kubectl: some 6 minutes on 2 cores" kubectl
