/// Arrays in double precision, computed the plain way: what the engine is tested against.
struct Plain {
  var shape: [Int]
  var values: [Double]

  init(_ shape: [Int], _ values: [Double]) {
    precondition(shape.reduce(1, *) == values.count)
    self.shape = shape
    self.values = values
  }

  /// An array by a function of the place.
  init(_ shape: [Int], at value: ([Int]) -> Double) {
    self.shape = shape
    values = Plain.places(shape).map(value)
  }

  /// Every place of a shape in row-major order.
  static func places(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { places, length in
      places.flatMap { place in (0..<length).map { place + [$0] } }
    }
  }

  subscript(_ place: [Int]) -> Double {
    var index = 0
    for (axis, position) in place.enumerated() { index = index * shape[axis] + position }
    return values[index]
  }

  func map(_ function: (Double) -> Double) -> Plain { Plain(shape, values.map(function)) }

  /// Element by element, broadcast by NumPy's rule.
  static func zip(_ arrays: [Plain], _ function: ([Double]) -> Double) -> Plain {
    let rank = arrays.map(\.shape.count).max() ?? 0
    let shape = (0..<rank).map { axis in
      arrays.lazy.map { array in
        let own = axis - (rank - array.shape.count)
        return own < 0 ? 1 : array.shape[own]
      }.first { $0 != 1 } ?? 1
    }
    let stretched = arrays.map { $0.broadcast(to: shape) }
    return Plain(
      shape, (0..<shape.reduce(1, *)).map { i in function(stretched.map { $0.values[i] }) })
  }

  func broadcast(to target: [Int]) -> Plain {
    let lead = target.count - shape.count
    return Plain(target) { place in
      self[shape.indices.map { shape[$0] == 1 ? 0 : place[lead + $0] }]
    }
  }

  func reshaped(_ target: [Int]) -> Plain { Plain(target, values) }

  func transposed(_ axes: [Int]) -> Plain {
    Plain(axes.map { shape[$0] }) { place in
      var source = place
      for (position, axis) in axes.enumerated() { source[axis] = place[position] }
      return self[source]
    }
  }

  func slice(_ axis: Int, _ start: Int, _ count: Int) -> Plain {
    var target = shape
    target[axis] = count
    return Plain(target) { place in
      var source = place
      source[axis] += start
      return self[source]
    }
  }

  func padded(_ axis: Int, _ before: Int, _ after: Int) -> Plain {
    var target = shape
    target[axis] += before + after
    return Plain(target) { place in
      var source = place
      source[axis] -= before
      return source[axis] >= 0 && source[axis] < shape[axis] ? self[source] : 0
    }
  }

  static func concatenate(_ parts: [Plain], _ axis: Int) -> Plain {
    var target = parts[0].shape
    target[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
    return Plain(target) { place in
      var source = place
      for part in parts {
        if source[axis] < part.shape[axis] { return part[source] }
        source[axis] -= part.shape[axis]
      }
      return .nan
    }
  }

  /// Over some axes, which stay with length 1.
  func sum(_ axes: Set<Int>) -> Plain {
    var result = Plain(shape.indices.map { axes.contains($0) ? 1 : shape[$0] }) { _ in 0 }
    let strides = result.shape.indices.map { axis in
      result.shape[(axis + 1)...].reduce(1, *)
    }
    for (place, value) in Swift.zip(Plain.places(shape), values) {
      let index = place.indices.reduce(0) { $0 + (axes.contains($1) ? 0 : place[$1] * strides[$1]) }
      result.values[index] += value
    }
    return result
  }

  /// [..., M, K] · [..., K, N], leading axes broadcast.
  func matmul(_ other: Plain) -> Plain {
    let (m, k) = (shape[shape.count - 2], shape[shape.count - 1])
    let n = other.shape[other.shape.count - 1]
    let lead = Plain.zip(
      [
        Plain(Array(shape.dropLast(2))) { _ in 0 },
        Plain(Array(other.shape.dropLast(2))) { _ in 0 },
      ]
    ) { $0[0] }.shape
    let a = broadcast(to: lead + [m, k])
    let b = other.broadcast(to: lead + [k, n])
    return Plain(lead + [m, n]) { place in
      let batch = Array(place.dropLast(2))
      let (i, j) = (place[place.count - 2], place[place.count - 1])
      return (0..<k).reduce(0) { $0 + a[batch + [i, $1]] * b[batch + [$1, j]] }
    }
  }

  var total: Double { values.reduce(0, +) }
}

/// A small generator with a seed (SplitMix64), so that every test meets the same numbers.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func array(_ shape: [Int], in range: ClosedRange<Double>) -> Plain {
    // What the engine is given: the nearest float.
    Plain(shape) { _ in Double(Float(Double.random(in: range, using: &self))) }
  }
}
