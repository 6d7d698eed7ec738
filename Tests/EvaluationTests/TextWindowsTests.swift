import Evaluation
import Testing

struct TextWindowsTests {
    @Test func `windows do not overlap, and what is left at the end is not looked at`() throws {
        let windows = try TextWindows(tokens: Array(0..<19), context: 6, beginning: nil)
        #expect(windows.count == 3)
        #expect((0..<3).map(windows.input) == [[0, 1, 2, 3, 4], [6, 7, 8, 9, 10], [12, 13, 14, 15, 16]])
    }

    @Test func `positions of the second half but the last predict the token after them`() throws {
        let windows = try TextWindows(tokens: Array(0..<16), context: 8, beginning: nil)
        #expect(windows.firstScored == 4)
        #expect(windows.scoredCount == 3)
        #expect((0..<2).map { Array(windows.targets($0)) } == [[5, 6, 7], [13, 14, 15]])
    }

    @Test func `an odd window scores one more prediction than its first half has tokens`() throws {
        let windows = try TextWindows(tokens: Array(0..<7), context: 7, beginning: nil)
        #expect(windows.firstScored == 3)
        #expect(Array(windows.targets(0)) == [4, 5, 6])
    }

    @Test func `the beginning of a sequence replaces each window's first token`() throws {
        let windows = try TextWindows(tokens: Array(1..<13), context: 6, beginning: 99)
        #expect(windows.input(0) == [99, 2, 3, 4, 5])
        #expect(windows.input(1) == [99, 8, 9, 10, 11])
        #expect(Array(windows.targets(1)) == [11, 12])
    }

    @Test
    func `a text shorter than a window, and a window that scores nothing, are refused with both figures`() {
        let short = #expect(throws: EvaluationError.self) {
            try TextWindows(tokens: Array(0..<511), context: 512, beginning: nil)
        }
        #expect(short?.description.contains("511") == true && short?.description.contains("512") == true)
        #expect(throws: EvaluationError.self) {
            try TextWindows(tokens: Array(0..<511), context: 3, beginning: nil)
        }
    }
}
