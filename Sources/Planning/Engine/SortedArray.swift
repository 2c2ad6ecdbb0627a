/// A set that keeps its elements in order; finding takes the logarithm, inserting moves what comes after.
struct SortedArray<Element: Comparable & Sendable>: Sendable {
  private(set) var elements: [Element] = []

  var isEmpty: Bool { elements.isEmpty }
  var count: Int { elements.count }

  mutating func insert(_ element: Element) {
    let index = position(of: element)
    guard index == elements.count || elements[index] != element else { return }
    elements.insert(element, at: index)
  }

  mutating func remove(_ element: Element) {
    let index = position(of: element)
    guard index < elements.count, elements[index] == element else { return }
    elements.remove(at: index)
  }

  private func position(of element: Element) -> Int {
    var low = 0
    var high = elements.count
    while low < high {
      let middle = (low + high) / 2
      if elements[middle] < element { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
