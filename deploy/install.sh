#!/bin/sh
# The two steps that put an image's code into /app (deploy/Dockerfile); apart, so that each is a layer of its own.
set -eu

install() {
    /build/bin/pip --python /app/bin/python install --quiet --compile "$@"
}

case "$1" in
    packages) # what the image's lock names
        install --only-binary :all: --require-hashes -r /locks/app.lock
        ;;
    modules) # a wheel of what lies in the working directory, and the list of all that is installed then
        /build/bin/hatchling build -t wheel -d /wheel
        install --no-deps --no-index /wheel/*.whl
        /build/bin/cyclonedx-py environment --output-reproducible -o /app/sbom.cdx.json /app/bin/python
        ;;
    *)
        echo "usage: $0 packages|modules" >&2
        exit 2
        ;;
esac
