import Glibc

/// Standard output and standard error. Nothing is buffered: a line that was written has been seen.
package enum Output {
  /// Writes to standard output. Throws a `Failure`: of SIGPIPE's status and without a word when the
  /// reader is gone, with a sentence when the disk is full.
  package static func write(_ text: String) throws(Failure) {
    if let code = put(text, to: STDOUT_FILENO) {
      if code == EPIPE { throw Failure(signal: SIGPIPE) }
      throw Failure(
        .failed,
        "standard output cannot be written: \(reason(code)); point it somewhere with room")
    }
  }

  package static func line(_ text: String) throws(Failure) { try write(text + "\n") }

  /// One sentence on standard error.
  package static func complain(_ sentence: String) { note("weft: \(sentence)\n") }

  /// Writes to standard error; there is nowhere to say that this failed.
  package static func note(_ text: String) { _ = put(text, to: STDERR_FILENO) }

  /// `errno` in words, such as `No space left on device`.
  package static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  /// Returns `errno` where not everything could be written.
  private static func put(_ text: String, to descriptor: Int32) -> Int32? {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let start = rest.baseAddress, !rest.isEmpty {
        let count = Glibc.write(descriptor, start, rest.count)
        if count >= 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno == EAGAIN {
          var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&wait, 1, -1)
        } else if errno != EINTR {
          return errno
        }
      }
      return nil
    }
  }
}
