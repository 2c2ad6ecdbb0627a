import Logging
import NIOCore
import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What is done to each new connection before a request goes over it.
struct ConnectionSetup: Sendable {
  /// The server's certificate doesn't carry the name that was asked for.
  struct WrongName: Error, CustomStringConvertible {
    var expected: String
    var description: String { "the server's certificate isn't one for \(expected)" }
  }

  /// After so long without a packet from the other side the connection is closed.
  var deadPeerTimeout: Duration
  /// The name that the certificate must carry, where it isn't that of the URL.
  var serverName: String?
  var logger: Logger

  /// - Returns: when the connection may be used; it is closed where that fails.
  func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
    watchForSilence(channel).flatMap { checkName(channel) }.flatMapErrorThrowing { error in
      // Not at once: the pool hears of the failure first.
      channel.eventLoop.execute { channel.close(promise: nil) }
      throw error
    }
  }

  /// Lets the kernel find out when the other side is gone without a word, at rest by probes that are no requests: they
  /// begin after half of the time.
  private func watchForSilence(_ channel: any Channel) -> EventLoopFuture<Void> {
    #if os(Linux)
      let seconds = max(2, deadPeerTimeout.components.seconds)
      let settings: [(ChannelOptions.Types.SocketOption, Int64)] = [
        (.socketOption(.so_keepalive), 1),
        (.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPIDLE)), seconds / 2),
        (.tcpOption(NIOBSDSocket.Option(rawValue: TCP_KEEPINTVL)), max(1, seconds / 6)),
        (.tcpOption(NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)), seconds * 1_000),
      ]
      let all = settings.map { channel.setOption($0.0, value: ChannelOptions.Types.SocketOption.Value($0.1)) }
      return EventLoopFuture.andAllSucceed(all, on: channel.eventLoop).recover { error in
        // Without it the limits on requests and watches hold all the same.
        logger.debug("keep-alive can't be set", metadata: ["error": "\(error)"])
      }
    #else
      return channel.eventLoop.makeSucceededVoidFuture()
    #endif
  }

  /// The handshake takes a certificate for the server's address, too; with a name of our own that isn't enough.
  private func checkName(_ channel: any Channel) -> EventLoopFuture<Void> {
    guard let serverName else { return channel.eventLoop.makeSucceededVoidFuture() }
    return channel.nioSSL_peerCertificate().flatMapThrowing { certificate in
      guard let certificate, CertificateNames(certificate).accept(serverName) else {
        throw WrongName(expected: serverName)
      }
    }
  }
}
