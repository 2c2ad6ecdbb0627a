# What there is to do here: `make help`.
NODES ?= 3

.DEFAULT_GOAL := help
.PHONY: help build test demo bench lint docs image manifests package-chart push-image cluster cluster-down install uninstall clean

help: ## says this
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

build: ## a debug build
	swift build

test: ## everything, on real clusters that it starts and stops (see Scripts/test)
	Scripts/test

demo: ## the main job on a real cluster, step by step; KEEP=1 leaves it running
	cluster/demo

bench: ## measures time, API writes and memory on a real cluster: EXECUTOR=Agent|Jobs KIND=ImageSet|ImageCache BENCH=--quick
	bench/run $(BENCH)

lint: ## format, generated code, scripts
	Scripts/lint

docs: ## the pages of KubernetesClient and KubernetesRuntime, in .build/docs
	Scripts/docs

image: ## the image, without Docker, in .build-image
	Scripts/build-image

manifests: ## the plain manifests and the table of values, made anew from the Helm chart
	Scripts/manifests
	Scripts/chart-values

package-chart: ## the Helm chart's package, in .build-chart; SIGN_AS=KEY signs it
	Scripts/package-chart

push-image: image ## pushes it as swiftlet, and the starter of Jobs as starter: REGISTRY=host:port TAG=0.1.0
	Scripts/push-image "$(or $(REGISTRY),$(error REGISTRY=host:port says where to))"
	LAYOUT=.build-image/starter TAG="$(or $(TAG),$$(cat .build-image/tag))" Scripts/push-image "$(REGISTRY)" starter

cluster: ## a real Kubernetes on this machine: NODES=3 KUBERNETES_BIN=DIR CONTAINERD=FILE
	cluster/cluster up --nodes $(NODES) $(if $(KUBERNETES_BIN),--kubernetes "$(KUBERNETES_BIN)") \
	  $(if $(CONTAINERD),--containerd "$(CONTAINERD)")

cluster-down: ## takes that cluster away
	cluster/cluster down

install: image ## into the cluster of KUBECONFIG, its image from REGISTRY; by default the local cluster
	Scripts/install

uninstall: ## out of it again
	Scripts/uninstall

clean: ## removes what was built here, and no caches
	rm -rf .build .build-image .build-chart
