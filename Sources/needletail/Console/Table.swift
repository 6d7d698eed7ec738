/// Rows under headings, columns as wide as their widest cell.
struct Table {
    /// Where a column's cells stand.
    enum Alignment {
        case left
        case right
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(title: String, alignment: Alignment)]) {
        self.columns = columns
    }

    /// Adds a row with a cell for each column.
    mutating func append(_ cells: [String]) {
        rows.append(cells)
    }

    /// The lines for a terminal or a pipe, headings first.
    func lines(for terminal: Terminal) -> [String] {
        let widths = columns.indices.map { column in
            ([columns[column].title] + rows.map { $0[column] }).map(\.unicodeScalars.count).max() ?? 0
        }
        let heading = terminal.styled(line(columns.map(\.title), widths), .bold)
        return [heading] + rows.map { line($0, widths) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: max(0, widths[column] - cell.unicodeScalars.count))
            let isLast = column == cells.count - 1
            switch columns[column].alignment {
            case .left: line += isLast ? cell : cell + padding
            case .right: line += padding + cell
            }
            if !isLast { line += "  " }
        }
        return line
    }
}
