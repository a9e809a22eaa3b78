/// Which elementwise values are computed in one pass over their tiles.
///
/// From the last value to the first, a value joins the group of its consumers where they are one
/// group of its shape: work moves to where it is used, so that what backward recomputes from a
/// forward value is never stored. Every step has a level, above those of all steps that need it; a
/// value joins only a group whose level is the highest among its consumers, so no cycle can arise.
struct Fusion {
  /// A step of elementwise values, in topological order.
  struct Group {
    var members: [Int]
    /// The shape whose row-major order numbers the elements of every member.
    let shape: Shape
    let phase: Int
    let level: Int
    /// What its members read, each other's results included.
    var reads: Set<Reference>
  }

  /// By value: its group, for elementwise values.
  private(set) var group: [Int?]
  private(set) var groups: [Group] = []
  /// By group: itself, or the group it was merged into.
  private var forward: [Int] = []

  /// Members of a group and what they read; more would need more slots than stay in the cache.
  private static let limit = 48

  init(_ values: [Value]) {
    group = Array(repeating: nil, count: values.count)
    /// By value: the highest level among its consumers, and the one group at that level it fits.
    var need = [Int](repeating: 0, count: values.count)
    var candidate = [Int?](repeating: nil, count: values.count)

    for index in values.indices.reversed() {
      let value = values[index]
      let level: Int
      switch value.kind {
      case .leaf, .absorbed: continue
      case .join:
        for part in value.operands where need[part.value] <= need[index] {
          need[part.value] = need[index]
          candidate[part.value] = nil
        }
        continue
      case .kernel, .update: level = need[index] + 1
      case .elementwise:
        if let found = candidate[index].map(root), admits(found, index, values) {
          groups[found].members.append(index)
          groups[found].reads.formUnion(value.operands)
          group[index] = found
          level = groups[found].level
        } else {
          level = need[index] + 1
          group[index] = groups.count
          forward.append(groups.count)
          groups.append(
            Group(
              members: [index], shape: value.shape, phase: value.phase, level: level,
              reads: Set(value.operands)))
        }
      }
      for operand in value.operands {
        let fits: Int? = group[index].flatMap { own in
          let source = values[operand.value]
          let same =
            operand.layout == source.layout
            || (operand.layout.isContiguous && source.layout.isContiguous
              && operand.layout.offset == source.layout.offset
              && operand.layout.shape.count == source.shape.count)
          return same ? root(own) : nil
        }
        if level > need[operand.value] {
          need[operand.value] = level
          candidate[operand.value] = fits
        } else if level == need[operand.value] {
          candidate[operand.value] = merge(candidate[operand.value], fits)
        }
      }
    }
    for index in group.indices { group[index] = group[index].map(root) }
    for index in groups.indices where forward[index] == index { groups[index].members.sort() }
  }

  /// The groups that are left after merging, by index.
  var survivors: [Int] { groups.indices.filter { forward[$0] == $0 } }

  private func root(_ index: Int) -> Int {
    var index = index
    while forward[index] != index { index = forward[index] }
    return index
  }

  /// Whether a value can be a member: all its operands can be read in the group's order.
  private func admits(_ index: Int, _ value: Int, _ values: [Value]) -> Bool {
    let group = groups[index]
    let candidate = values[value]
    guard group.phase == candidate.phase, group.shape.count == candidate.shape.count,
      group.members.count + group.reads.count + candidate.operands.count < Fusion.limit
    else { return false }
    if group.shape == candidate.shape { return true }
    return candidate.layout.reshaped(to: group.shape) != nil
      && candidate.operands.allSatisfy { $0.layout.reshaped(to: group.shape) != nil }
  }

  /// Two groups of one level do not depend on each other, so they can be one.
  private mutating func merge(_ a: Int?, _ b: Int?) -> Int? {
    guard let a = a.map(root), let b = b.map(root) else { return nil }
    if a == b { return a }
    guard groups[a].level == groups[b].level, groups[a].phase == groups[b].phase,
      groups[a].shape == groups[b].shape,
      groups[a].members.count + groups[b].members.count + groups[a].reads.count
        + groups[b].reads.count < Fusion.limit
    else { return nil }
    groups[a].members += groups[b].members
    groups[a].reads.formUnion(groups[b].reads)
    forward[b] = a
    return a
  }
}
