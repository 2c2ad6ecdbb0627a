# The image, for those who have Docker; `make image` makes the same without it.
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 binutils && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift Package.resolve[d] ./
RUN swift package resolve
COPY Sources Sources
COPY Benchmarks Benchmarks
COPY Examples Examples
COPY Tests Tests
COPY Scripts Scripts
RUN Scripts/build-release \
    && strip -o /swiftlet .build/release/swiftlet \
    && mkdir -p /root-files/etc/ssl/certs /root-files/tmp \
    && chmod 1777 /root-files/tmp \
    && ldd /swiftlet | grep -o '/[^ ]*' | xargs -I{} cp --parents -L {} /root-files \
    && cp /etc/ssl/certs/ca-certificates.crt /root-files/etc/ssl/certs/ \
    && printf 'root:x:0:0:root:/:/\nnonroot:x:65532:65532:nonroot:/:/\n' >/root-files/etc/passwd \
    && printf 'root:x:0:\nnonroot:x:65532:\n' >/root-files/etc/group \
    && printf 'passwd: files\ngroup: files\nhosts: files dns\n' >/root-files/etc/nsswitch.conf

FROM scratch
COPY --from=build /root-files/ /
COPY --from=build /swiftlet /swiftlet
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
USER 65532:65532
ENTRYPOINT ["/swiftlet"]
LABEL org.opencontainers.image.title="Swiftlet" org.opencontainers.image.licenses="Apache-2.0"
