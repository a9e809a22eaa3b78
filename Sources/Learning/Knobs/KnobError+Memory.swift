import Autodiff

extension KnobError {
  /// Throws a sentence where something needs more memory than there is.
  public static func requireMemory(
    _ bytes: Int, for what: String
  ) throws(KnobError) {
    let available = AvailableMemory.bytes
    guard bytes > available else { return }
    throw KnobError(
      "\(what) would need \(AvailableMemory.words(bytes)) of memory, and "
        + "\(AvailableMemory.words(available)) are available; choose smaller sizes")
  }
}
