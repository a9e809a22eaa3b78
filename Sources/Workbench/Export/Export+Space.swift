import Learning
import Training

extension Export {
  /// One row a context on the map: the tasks', the anchors' and the one under the hand, with their
  /// coordinates on the components that are shown.
  static func space(_ model: Model) -> ExportTable {
    let count = model.snapshot.description.contextCount
    let axes = model.spaceAxes
    let projection = model.projection
    return ExportTable(
      columns: ["what", "role"] + axes.map { "component \($0 + 1)" } + componentNames(count),
      rows: model.placesOnMap.map { place in
        let coordinates = projection.coordinates(of: place.context)
        return [.text(place.name), .text(place.role)] + axes.map { .number(coordinates[$0]) }
          + components(place.context, count)
      })
  }
}

extension Picture {
  static func space(_ model: Model) -> String {
    let axes = model.spaceAxes
    let projection = model.projection
    let places = model.placesOnMap.map { place in
      let coordinates = projection.coordinates(of: place.context)
      return (
        place: place, x: axes.first.map { coordinates[$0] } ?? 0,
        y: axes.count > 1 ? coordinates[axes[1]] : 0
      )
    }
    var svg = SVG(width: 720, height: 410, theme: model.theme)
    let frame = PlotFrame(x: places.map(\.x), y: places.map(\.y), margin: 0.06)
    let names = axes.map { "\($0 + 1)" }.joined(separator: "·")
    let share = Int((projection.share(of: axes) * 100).rounded())
    frame.draw(
      on: &svg, title: "Task space: \(caption(model)), components \(names), \(share) % of variance",
      xLabel: "component \(axes.first.map { $0 + 1 } ?? 1)",
      yLabel: axes.count > 1 ? "component \(axes[1] + 1)" : "")
    for (place, x, y) in places {
      guard let point = frame.point(x, y) else { continue }
      let color = svg.series(place.role == "context" ? 1 : 0)
      svg.circle(
        x: point.x, y: point.y, radius: place.role == "context" ? 6 : 3.5,
        fill: place.role == TaskDescription.Role.training.rawValue ? color : nil, stroke: color)
      svg.text(place.name, x: point.x + 7, y: point.y + 4, size: 10)
    }
    return svg.document
  }
}

extension Model {
  struct PlaceOnMap {
    var name: String
    var role: String
    var context: [Float]
  }

  /// The components on the map's axes that there are: two, or one for contexts of one number.
  var spaceAxes: [Int] {
    var axes = [space.horizontal]
    if space.vertical != space.horizontal { axes.append(space.vertical) }
    return axes.filter { $0 < snapshot.description.contextCount }
  }

  /// Every context that the map shows.
  var placesOnMap: [PlaceOnMap] {
    let count = snapshot.description.contextCount
    var places = zip(snapshot.description.tasks, snapshot.tasks).compactMap { task, status in
      status.context.map { PlaceOnMap(name: task.name, role: task.role.rawValue, context: $0) }
    }
    if let a = anchors.a { places.append(.init(name: "A", role: "anchor", context: a)) }
    if let b = anchors.b { places.append(.init(name: "B", role: "anchor", context: b)) }
    places.append(.init(name: "z", role: "context", context: context))
    return places.filter { $0.context.count == count }
  }
}
