#!/bin/sh
# The two steps that install an image's code into /app (deploy/Dockerfile). They are separate, so that each is a layer.
set -eu

install() {
    /build/bin/pip --python /app/bin/python install --quiet --compile "$@"
}

case "$1" in
    packages) # install the packages of the image's lock file
        # The lock names every package, and leaves out what pyproject.toml excludes.
        install --only-binary :all: --no-deps --require-hashes -r /locks/app.lock
        ;;
    modules) # build and install a wheel of the working directory, and write the list of all installed packages
        /build/bin/hatchling build -t wheel -d /wheel
        install --no-deps --no-index /wheel/*.whl
        /build/bin/cyclonedx-py environment --output-reproducible -o /app/sbom.cdx.json /app/bin/python
        ;;
    *)
        echo "usage: $0 packages|modules" >&2
        exit 2
        ;;
esac
