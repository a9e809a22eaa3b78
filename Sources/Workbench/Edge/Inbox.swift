import Synchronization
import Training

/// What other threads have brought for the workbench, until it looks.
final class Inbox: Sendable {
  enum Item: Sendable {
    case message(Message)
    /// Another run to take over: it was opened or started, and the one before is safe.
    case opened(Trainer)
    /// Nothing was opened; the reason is a sentence.
    case notOpened(String)
    /// A race to take over, in place of the one before.
    case race(Race, isFromFile: Bool, left: String?)
    /// One of the desks answered.
    case answer(Desks.Post)
  }

  private let items = Mutex<[Item]>([])

  func put(_ item: Item) { items.withLock { $0.append(item) } }

  func take() -> [Item] {
    items.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}
