#!/usr/bin/env bash
# What a release publishes: one folder with the binaries, their hashes, the bill of materials, completions and manual.
#
#   deploy/release.sh [FOLDER]        default: target/release-VERSION
#
# Static (musl) binaries for x86-64 and arm64, as far as the toolchain has the standard library of the target; else the
# machine's own target. What was left out is said on stderr and in NOT-BUILT.txt, so nobody takes a release for whole.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
target=${CARGO_TARGET_DIR:-target}
out=${1:-$target/release-$version}
cargo=${CARGO:-cargo}
host=$(rustc -vV | sed -n 's/^host: //p')
rm -rf "$out"
mkdir -p "$out"

has() { [ -d "$(rustc --print target-libdir --target "$1" 2>/dev/null)" ]; }

build() {
    local triple=$1 linker=() compiler=cc package=gcc
    # The linker of the other machine; Rust's own musl files need no C library.
    if [ "${triple%%-*}" != "${host%%-*}" ]; then
        compiler=${triple%%-*}-linux-gnu-gcc
        package=gcc-${triple%%-*}-linux-gnu
        linker=(--config "target.$triple.linker='$compiler'")
    fi
    if ! command -v "$compiler" >/dev/null; then
        echo "$triple: no $compiler to compile and link with (Debian: apt-get install ${package//_/-})" >>"$out/NOT-BUILT.txt"
        return
    fi
    # ring has some C and assembly, which call no C library: any compiler for the processor will do, and cc-rs would look for
    # one of musl's own.
    local variable=CC_${triple//-/_}
    env "$variable=${!variable:-$compiler}" "$cargo" build --profile dist --locked --bin keywitness --target "$triple" "${linker[@]}"
    cp "$target/$triple/dist/keywitness" "$out/keywitness-$version-$triple"
}

for triple in x86_64-unknown-linux-musl aarch64-unknown-linux-musl; do
    if has "$triple"; then build "$triple"; else
        echo "$triple: the toolchain has no standard library for it (rustup target add $triple)" >>"$out/NOT-BUILT.txt"
    fi
done
# One for the machine itself there must be.
if ! compgen -G "$out/keywitness-$version-${host%%-*}-*" >/dev/null; then
    "$cargo" build --profile dist --locked --bin keywitness
    cp "$target/dist/keywitness" "$out/keywitness-$version-$host"
fi

# One of the binaries runs here, and makes the rest.
program=$(find "$out" -name "keywitness-$version-${host%%-*}-*" | head -n 1)
mkdir -p "$out/completions" "$out/man"
for shell in bash elvish fish powershell zsh; do
    "$program" completions "$shell" >"$out/completions/keywitness.$shell"
done
"$program" man --output "$out/man"

# The bill of materials, by cargo-cyclonedx; its version is fixed, as that of everything that is built.
if [ -z "${SKIP_SBOM:-}" ]; then
    tools=$target/tools
    [ -x "$tools/bin/cargo-cyclonedx" ] || "$cargo" install --quiet --locked --root "$tools" cargo-cyclonedx --version 0.5.9
    PATH="$tools/bin:$PATH" "$cargo" cyclonedx --format json --spec-version 1.5 --target all --override-filename keywitness-sbom
    # Where it was built is nobody's business, and would make each copy another file.
    sed "s#path+file://$PWD#path+file:///keywitness#g" keywitness-sbom.json >"$out/keywitness-$version.cdx.json"
    rm keywitness-sbom.json
else
    echo "bill of materials: left out by SKIP_SBOM" >>"$out/NOT-BUILT.txt"
fi

(cd "$out" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
echo "$out"
if [ -e "$out/NOT-BUILT.txt" ]; then sed 's/^/not built: /' "$out/NOT-BUILT.txt" >&2; fi
