import Glibc

/// How much memory this process can still get.
public enum AvailableMemory {
  /// The least of what the machine has left without swapping, what the control groups of the process
  /// leave it, and what its own limits do. What cannot be found out limits nothing.
  public static var bytes: Int {
    min(machine, controlGroups, limit(RLIMIT_AS, field: 0), limit(RLIMIT_DATA, field: 5))
  }

  /// `512 MB`, `10.4 GB`.
  public static func words(_ bytes: Int) -> String {
    let tenths = (bytes + 50_000_000) / 100_000_000
    return tenths < 10
      ? "\(max(1, (bytes + 500_000) / 1_000_000)) MB" : "\(tenths / 10).\(tenths % 10) GB"
  }

  private static var machine: Int {
    lines("/proc/meminfo").first { $0.first == "MemAvailable:" }
      .flatMap { $0.count > 1 ? Int($0[1]) : nil }.map { $0 * 1024 } ?? .max
  }

  /// A limit of the process less what counts towards it, pages in a field of `statm`.
  private static func limit(_ resource: __rlimit_resource, field: Int) -> Int {
    var found = rlimit()
    guard getrlimit(Int32(resource.rawValue), &found) == 0, found.rlim_cur < UInt64(Int.max),
      let used = lines("/proc/self/statm").first, field < used.count, let pages = Int(used[field])
    else { return .max }
    return max(0, Int(found.rlim_cur) - pages * sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Groups are nested and each has a limit of its own. A container may see its own group as the
  /// outermost, under the name it has outside.
  private static var controlGroups: Int {
    var least = Int.max
    for line in lines("/proc/self/cgroup", separator: ":") where line.count > 2 {
      let (root, isSecond) =
        line[0] == "0" ? ("/sys/fs/cgroup", true) : ("/sys/fs/cgroup/memory", false)
      guard isSecond || line[1].split(separator: ",").contains("memory") else { continue }
      var path = line[2...].joined(separator: ":")
      while true {
        least = min(least, left(inGroup: root + path, isSecond: isSecond))
        guard let slash = path.lastIndex(of: "/") else { break }
        path = String(path[..<slash])
      }
    }
    return least
  }

  /// A group's limit less what it uses; files that are kept in memory give way.
  private static func left(inGroup folder: String, isSecond: Bool) -> Int {
    func number(_ name: String) -> Int? {
      lines(folder + "/" + name).first?.first.flatMap { Int($0) }
    }
    guard let limit = number(isSecond ? "memory.max" : "memory.limit_in_bytes"),
      let used = number(isSecond ? "memory.current" : "memory.usage_in_bytes")
    else { return .max }
    let prefix = isSecond ? "" : "total_"
    let files = lines(folder + "/memory.stat").reduce(0) { sum, line in
      line.count > 1 && [prefix + "inactive_file", prefix + "active_file"].contains(line[0])
        ? sum + (Int(line[1]) ?? 0) : sum
    }
    return max(0, limit - max(0, used - files))
  }

  /// The lines of a file of the system in words; none where there is no such file.
  private static func lines(_ path: String, separator: Character = " ") -> [[String]] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: separator).map(String.init)
    }
  }
}
