import ContainerRuntime
import GRPCCore
import Testing

/// Messages as the runtimes and registries write them.
@Suite struct ClassificationTests {
  typealias Sample = (reason: PullFailureReason, code: RPCError.Code, message: String)

  private static func pulling(_ rest: String) -> String {
    #"failed to pull and unpack image "docker.io/team/app:1": "# + rest
  }

  static let containerd: [Sample] = [
    (
      .notFound, .notFound,
      #"rpc error: code = NotFound desc = failed to pull and unpack image "10.77.0.1:5000/none:1": failed to resolve reference "10.77.0.1:5000/none:1": 10.77.0.1:5000/none:1: not found"#
    ),
    (
      .notFound, .unknown,
      pulling(
        "failed to copy: httpReadSeeker: failed open: content at https://r.test/v2/a/manifests/sha256:1 not found: not found"
      )
    ),
    (
      .unauthorized, .unknown,
      pulling(
        #"failed to resolve reference "docker.io/team/app:1": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"#
      )
    ),
    (
      .unauthorized, .unknown,
      pulling(
        #"failed to resolve reference "r.test/a:1": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://auth.r.test/token?scope=repository%3Aa%3Apull&service=r.test: 401 Unauthorized"#
      )
    ),
    (
      .unauthorized, .unknown,
      pulling(
        #"failed to resolve reference "r.test/a:1": unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 401 Unauthorized"#
      )
    ),
    (
      .forbidden, .unknown,
      pulling(
        #"failed to resolve reference "ghcr.io/a/b:1": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token?scope=repository%3Aa%2Fb%3Apull&service=ghcr.io: 403 Forbidden"#
      )
    ),
    (
      .forbidden, .unknown,
      pulling(
        #"failed to resolve reference "r.test/a:1": unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 403 Forbidden"#
      )
    ),
    (
      .dns, .unknown,
      pulling(
        #"failed to resolve reference "no.test/a:1": failed to do request: Head "https://no.test/v2/a/manifests/1": dial tcp: lookup no.test on 127.0.0.53:53: no such host"#
      )
    ),
    (
      .dns, .unknown,
      pulling(
        #"failed to do request: Head "https://r.test/v2/a/manifests/1": dial tcp: lookup r.test on 10.0.0.2:53: server misbehaving"#
      )
    ),
    (
      .dns, .unknown,
      pulling(
        #"failed to do request: Head "https://r.test/v2/": dial tcp: lookup r.test on 10.0.0.2:53: read udp 10.0.0.5:4242->10.0.0.2:53: i/o timeout"#
      )
    ),
    (
      .dns, .unknown,
      pulling(
        #"failed to do request: Head "https://r.test/v2/": dial tcp: lookup r.test on 127.0.0.53:53: read udp 127.0.0.1:4242->127.0.0.53:53: read: connection refused"#
      )
    ),
    (
      .connectionRefused, .unknown,
      pulling(
        #"failed to do request: Head "https://127.0.0.1:1/v2/a/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused"#
      )
    ),
    (
      .timeout, .unknown,
      pulling(#"failed to do request: Head "https://10.9.9.9/v2/a/manifests/1": dial tcp 10.9.9.9:443: i/o timeout"#)
    ),
    (.timeout, .unknown, pulling(#"failed to do request: Head "https://r.test/v2/": net/http: TLS handshake timeout"#)),
    (.timeout, .deadlineExceeded, pulling("failed to copy: httpReadSeeker: context deadline exceeded")),
    // containerd cancels by itself when its own progress timeout has passed.
    (.timeout, .cancelled, pulling("failed to copy: context canceled")),
    (.timeout, .unknown, pulling("failed to extract layer: context canceled")),
    (
      .tls, .unknown,
      pulling(
        #"failed to do request: Head "https://r.test/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority"#
      )
    ),
    (
      .tls, .unknown,
      pulling(#"failed to do request: Head "https://r.test:5000/v2/": http: server gave HTTP response to HTTPS client"#)
    ),
    (
      .rateLimited, .unknown,
      pulling(
        "failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/nginx/manifests/sha256:1: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit."
      )
    ),
    (
      .diskFull, .unknown,
      pulling(
        "failed to extract layer sha256:1: write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/4/fs/a: no space left on device: unknown"
      )
    ),
    (
      .wrongPlatform, .notFound,
      #"failed to pull and unpack image "r.test/a:1": no match for platform in manifest: not found"#
    ),
    (
      .other, .unknown,
      pulling(#"failed to do request: Head "https://r.test/v2/": EOF"#)
    ),
    (
      .other, .unknown,
      pulling("unexpected status from HEAD request to https://r.test/v2/a/manifests/1: 500 Internal Server Error")
    ),
    (.runtimeUnavailable, .unavailable, "Stream unexpectedly closed."),
    // As 1.6 puts it.
    (
      .unauthorized, .unknown,
      pulling(
        #"failed to resolve reference "r.test/a:1": pulling from host r.test failed with status code [manifests 1]: 401 Unauthorized"#
      )
    ),
    (
      .rateLimited, .unknown,
      pulling(
        #"failed to resolve reference "r.test/a:1": pulling from host r.test failed with status code [manifests 1]: 429 Too Many Requests"#
      )
    ),
    // As 2.1 puts it.
    (
      .forbidden, .unknown,
      pulling(
        "failed to resolve image: unexpected status from HEAD request to http://r.test/v2/a/manifests/1: 403 Forbidden")
    ),
    (.notFound, .notFound, pulling("failed to resolve image: r.test/a:1: not found")),
    (
      .wrongPlatform, .notFound,
      "get image config descriptor: no match for platform in manifest sha256:613162c3c37bb478876f: not found"
    ),
    (
      .unauthorized, .unknown,
      pulling(
        "failed to resolve image: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"
      )
    ),
    (
      .diskFull, .unknown,
      pulling(
        "failed to extract layer (application/vnd.oci.image.layer.v1.tar+gzip sha256:1) to overlayfs as \"extract-1\": write /var/lib/containerd/tmpmounts/containerd-mount468848298/data/0: no space left on device"
      )
    ),
  ]

  static let crio: [Sample] = [
    (
      .notFound, .unknown,
      "initializing source docker://r.test/a:1: reading manifest 1 in r.test/a: manifest unknown: manifest unknown"
    ),
    (
      .notFound, .unknown,
      "reading manifest 1 in r.test/a: name unknown: repository name not known to registry"
    ),
    (
      .unauthorized, .unknown,
      "initializing source docker://team/app:1: reading manifest 1 in docker.io/team/app: errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n"
    ),
    (
      .unauthorized, .unknown,
      "initializing source docker://r.test/a:1: unable to retrieve auth token: invalid username/password: unauthorized: incorrect username or password"
    ),
    (
      .forbidden, .unknown,
      "initializing source docker://r.test/a:1: reading manifest 1 in r.test/a: denied: requested access to the resource is denied"
    ),
    (
      .connectionRefused, .unknown,
      "pinging container registry 127.0.0.1:1: Get \"https://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused"
    ),
    (
      .dns, .unknown,
      "pinging container registry no.test: Get \"https://no.test/v2/\": dial tcp: lookup no.test: no such host"
    ),
    (
      .rateLimited, .unknown,
      "reading manifest latest in docker.io/library/nginx: toomanyrequests: You have reached your unauthenticated pull rate limit."
    ),
    (
      .rateLimited, .unknown,
      "copying system image from manifest list: received unexpected HTTP status: 429 Too Many Requests"
    ),
    (
      .wrongPlatform, .unknown,
      "choosing image instance: no image found in manifest list for architecture \"amd64\", variant \"\", OS \"linux\""
    ),
    (
      .diskFull, .unknown,
      "writing blob: storing blob to file \"/var/tmp/1\": write /var/tmp/1: no space left on device"
    ),
  ]

  @Test(arguments: containerd + crio)
  func finds(sample: Sample) {
    #expect(PullFailureReason(code: sample.code, message: sample.message) == sample.reason, "\(sample.message)")
  }

  @Test(arguments: [
    (RPCError.Code.notFound, PullFailureReason.notFound), (.unauthenticated, .unauthorized),
    (.permissionDenied, .forbidden), (.deadlineExceeded, .timeout), (.resourceExhausted, .rateLimited),
    (.unavailable, .runtimeUnavailable), (.internalError, .other), (.unknown, .other),
  ])
  func fallsBackOnTheCode(code: RPCError.Code, reason: PullFailureReason) {
    #expect(PullFailureReason(code: code, message: "something") == reason)
  }
}
