import CKernels

/// A window that slides over the rows and columns of an image.
struct Window: Hashable, Sendable {
  let height, width, stride, padding: Int

  /// Whether it moves, and sees some of the image wherever it is.
  var isPossible: Bool {
    height >= 1 && width >= 1 && stride >= 1 && padding >= 0 && padding < min(height, width)
  }

  /// How many places it has along an axis of some length; less than 1 where it does not fit.
  func places(_ length: Int, _ size: Int) -> Int {
    let room = length + 2 * padding - size
    return room < 0 ? 0 : room / stride + 1
  }

  /// What a window at a place has in common with an axis of some length: where that begins in the
  /// window and on the axis, and how long it is.
  func overlap(at place: Int, _ size: Int, of length: Int) -> (own: Int, image: Int, count: Int) {
    let start = place * stride - padding
    let own = max(0, -start)
    return (own, start + own, max(min(size, length - start) - own, 0))
  }
}

extension Window: CustomStringConvertible {
  var description: String {
    "a window \(height) × \(width) with stride \(stride) and padding \(padding)"
  }
}

/// What a sliding window sees at each of its places: images [N, H, W, C] → [N, H′, W′, h, w, C], with
/// zeros outside of the image. Dual to ``PatchSum``.
struct Patches: Operation, KernelSource {
  let window: Window
  var name: String { "patches" }
  var lowering: Lowering { .kernel(self) }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    let image = operands[0]
    guard image.rank == 4 else { throw Misfit { "wants images [N, H, W, C], not \($0[0])" } }
    let (rows, columns) = (
      window.places(image[1], window.height), window.places(image[2], window.width)
    )
    guard rows > 0, columns > 0 else { throw Misfit { "\(window) does not fit on \($0[0])" } }
    return [image[0], rows, columns, window.height, window.width, image[3]]
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent.patchSum(window, height: operands[0].shape[1], width: operands[0].shape[2])]
  }

  func kernel(_ site: Site) -> Kernel {
    let (image, out) = (site.operands[0].pointer, site.result.pointer)
    let (source, result) = (site.operands[0].layout.shape, site.result.layout.shape)
    let (height, width, channels) = (source[1], source[2], source[3])
    let (rows, columns) = (result[1], result[2])
    let window = window
    let line = window.width * channels
    let patch = window.height * line
    return Kernel(
      units: source[0] * rows, nanosecondsPerUnit: Double(columns * patch) * 0.3 + 20
    ) { units, _ in
      for unit in units {
        let (n, row) = unit.quotientAndRemainder(dividingBy: rows)
        let down = window.overlap(at: row, window.height, of: height)
        for column in 0..<columns {
          let target = out + (unit * columns + column) * patch
          target.update(repeating: 0, count: window.padding == 0 ? 0 : patch)
          let across = window.overlap(at: column, window.width, of: width)
          for i in 0..<down.count {
            (target + (down.own + i) * line + across.own * channels).update(
              from: image + ((n * height + down.image + i) * width + across.image) * channels,
              count: across.count * channels)
          }
        }
      }
    }.inParts(reading: [], writing: site.result).alsoReading(site.operands)
  }
}

/// Adds what windows saw back to where they saw it: [N, H′, W′, h, w, C] → images [N, H, W, C]. Dual to
/// ``Patches``.
struct PatchSum: Operation, KernelSource {
  let window: Window
  let height, width: Int
  var name: String { "patch sum" }
  var lowering: Lowering { .kernel(self) }

  func shape(of operands: [Shape]) throws(Misfit) -> Shape {
    let patches = operands[0]
    let (rows, columns) = (
      window.places(height, window.height), window.places(width, window.width)
    )
    guard patches.rank == 6,
      Array(patches.dimensions[1..<5]) == [rows, columns, window.height, window.width]
    else {
      let wanted = "[N, \(rows), \(columns), \(window.height), \(window.width), C]"
      throw Misfit { "wants patches \(wanted), not \($0[0])" }
    }
    return [patches[0], height, width, patches[5]]
  }

  func cotangents(of cotangent: Tensor, operands: [Tensor], result: Tensor) -> [Tensor?] {
    [cotangent.patches(window)]
  }

  func kernel(_ site: Site) -> Kernel {
    let (patches, out) = (site.operands[0].pointer, site.result.pointer)
    let (source, result) = (site.operands[0].layout.shape, site.result.layout.shape)
    let (height, width, channels) = (result[1], result[2], result[3])
    let (rows, columns) = (source[1], source[2])
    let window = window
    let line = window.width * channels
    let patch = window.height * line
    // Windows overlap: an image is one unit.
    return Kernel(
      units: source[0], nanosecondsPerUnit: Double(rows * columns * patch) * 0.3 + 20
    ) { units, _ in
      for n in units {
        let image = out + n * height * width * channels
        image.update(repeating: 0, count: height * width * channels)
        for row in 0..<rows {
          let down = window.overlap(at: row, window.height, of: height)
          for column in 0..<columns {
            let seen = patches + ((n * rows + row) * columns + column) * patch
            let across = window.overlap(at: column, window.width, of: width)
            for i in 0..<down.count {
              let target = image + ((down.image + i) * width + across.image) * channels
              weft_apply(
                WEFT_ADD, target, target, seen + (down.own + i) * line + across.own * channels,
                nil, 0, across.count * channels)
            }
          }
        }
      }
    }.inParts(reading: site.operands, writing: site.result)
  }
}

extension Tensor {
  func patches(_ window: Window) -> Tensor { graph.append(Patches(window: window), [self]) }

  func patchSum(_ window: Window, height: Int, width: Int) -> Tensor {
    graph.append(PatchSum(window: window, height: height, width: width), [self])
  }

  /// Images [..., B, H, W, C] as patches [product of leading axes, H′, W′, h, w, C].
  fileprivate func patches(of operation: String, _ window: Window) -> Tensor {
    let rank = shape.rank
    require(rank >= 4, "\(operation): wants images [..., B, H, W, C], not \(words)")
    require(
      window.isPossible && window.places(shape[rank - 3], window.height) > 0
        && window.places(shape[rank - 2], window.width) > 0,
      "\(operation): \(window) does not fit on images \(words); lengths and stride are at least 1, "
        + "and the padding is less than the window")
    let images = shape.dimensions.dropLast(3).reduce(1, *)
    return reshaped(to: Shape([images] + shape.dimensions.suffix(3))).patches(window)
  }

  /// Convolution (cross-correlation) of images [..., B, H, W, C] with kernels [..., h, w, C, D]:
  /// [..., B, H′, W′, D] with H′ = (H + 2 · padding − h) / stride + 1, rounded down.
  ///
  /// Axes before the batch B are those of the kernels: every task has a kernel of its own. A kernel
  /// of rank 4 is shared by all images.
  public func convolved(with kernel: Tensor, stride: Int = 1, padding: Int = 0) -> Tensor {
    let (rank, k) = (shape.rank, kernel.shape)
    let lead = k.rank - 4
    require(
      k.rank >= 4 && rank >= 4 && k[k.rank - 2] == shape[rank - 1]
        && (lead == 0
          || rank == k.rank && k.dimensions.prefix(lead) == shape.dimensions.prefix(lead)),
      "convolution: images \(words) and kernels \(kernel.words) do not fit [..., B, H, W, C] and "
        + "[..., h, w, C, D]")
    let window = Window(height: k[lead], width: k[lead + 1], stride: stride, padding: padding)
    let seen = patches(of: "convolution", window)
    let inner = window.height * window.width * k[lead + 2]
    let tasks = lead == 0 ? [] : Array(k.dimensions.prefix(lead))
    let images = shape.dimensions.dropLast(3).dropFirst(lead).reduce(1, *)
    let rows = images * seen.shape[1] * seen.shape[2]
    let product = seen.reshaped(to: Shape(tasks + [rows, inner]))
      .matmul(kernel.reshaped(to: Shape(tasks + [inner, k[lead + 3]])))
    return product.reshaped(
      to: Shape(shape.dimensions.dropLast(3) + [seen.shape[1], seen.shape[2], k[lead + 3]]))
  }

  /// The largest number of each channel in windows of `size` × `size`: [..., H, W, C] → [..., H′, W′, C].
  /// Where several are largest they share the cotangent.
  public func maximumPooled(_ size: Int, stride: Int? = nil) -> Tensor {
    pooled(size, stride, "maximum pooling") { $0.maximum(axis: -2) }
  }

  /// The mean of each channel in windows of `size` × `size`: [..., H, W, C] → [..., H′, W′, C].
  public func averagePooled(_ size: Int, stride: Int? = nil) -> Tensor {
    pooled(size, stride, "average pooling") { $0.mean(axes: [-2], keepingDimensions: true) }
  }

  private func pooled(
    _ size: Int, _ stride: Int?, _ name: String, _ reduce: (Tensor) -> Tensor
  ) -> Tensor {
    let window = Window(height: size, width: size, stride: stride ?? size, padding: 0)
    let seen = patches(of: name, window)
    let channels = shape[shape.rank - 1]
    let (rows, columns) = (seen.shape[1], seen.shape[2])
    let reduced = reduce(
      seen.reshaped(to: [seen.shape[0], rows, columns, size * size, channels]))
    return reduced.reshaped(to: Shape(shape.dimensions.dropLast(3) + [rows, columns, channels]))
  }
}
