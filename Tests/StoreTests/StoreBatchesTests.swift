import Foundation
import JSON
import OrderedCollections
import Store
import Testing

struct StoreBatchesTests {
    private static func line(_ text: String) -> [UInt8] { Array("\(text)\n".utf8) }

    @Test func `a batch goes its way, and its files are seen at the end`() async throws {
        try await TemporaryStore.with { place in
            let store = try place.open()
            try await store.keep("file-in", ["a\nb\nc\n"])
            try await store.addBatch(.of("file-in"))
            #expect(try await store.nextBatch()?.id == "batch_1")
            let begun = try await store.beginBatch(
                "batch_1", total: 3, outputFile: "file-out", errorFile: "file-err", now: 1001)
            #expect(begun.status == .inProgress)
            try await store.record(Self.line("C"), at: 2, isFailure: false, batch: "batch_1")
            try await store.record(Self.line("A"), at: 0, isFailure: false, batch: "batch_1")
            await #expect(throws: StoreError.notFound(kind: "file", id: "file-out")) {
                _ = try await store.text(of: "file-out")
            }
            try await store.record(Self.line("B"), at: 1, isFailure: false, batch: "batch_1")
            try await store.finalizeBatch("batch_1", now: 1002)
            try await store.endBatch("batch_1", as: .completed, now: 1003)
            let ended = try await store.batch("batch_1", owner: nil)
            #expect(ended.status == .completed)
            #expect(ended.completed == 3)
            #expect(ended.errorFile == nil, "no line failed")
            #expect(ended.metadata == ["a": "b"])
            #expect(ended.times == ["in_progress_at": 1001, "finalizing_at": 1002, "completed_at": 1003])
            #expect(
                try await store.text(of: "file-out", now: 1003) == "A\nB\nC\n", "in the order of the input")
            #expect(try await store.nextBatch() == nil)
        }
    }

    @Test func `the eldest batches go where they are too many, but none that is at work`() async throws {
        try await TemporaryStore.with { place in
            var limits = StoreLimits()
            limits.batchesMax = 2
            let store = try place.open(limits: limits)
            try await store.keep("file-in", ["a\n"])
            for number in 1...4 {
                try await store.addBatch(.of("file-in", id: "batch_\(number)"))
                if number > 1 { try await store.endBatch("batch_\(number)", as: .completed, now: 1001) }
            }
            let page = try await store.batches(owner: nil, ListRange(limit: 9))
            #expect(page.entries.map(\.id) == ["batch_4", "batch_3", "batch_1"])
        }
    }

    @Test func `a line has one answer, whoever asks twice, across starts`() async throws {
        try await TemporaryStore.with { place in
            do {
                let store = try place.open()
                try await store.keep("file-in", ["a\nb\n"])
                try await store.addBatch(.of("file-in"))
                _ = try await store.beginBatch(
                    "batch_1", total: 2, outputFile: "file-out", errorFile: "file-err", now: 1001)
                #expect(try await store.record(Self.line("1"), at: 0, isFailure: false, batch: "batch_1"))
            }
            let store = try place.open()
            let batch = try #require(try await store.nextBatch())
            #expect(try await store.answeredPlaces(of: batch) == [0])
            #expect(try await !store.record(Self.line("2"), at: 0, isFailure: false, batch: "batch_1"))
            #expect(try await !store.record(Self.line("2"), at: 0, isFailure: true, batch: "batch_1"))
            #expect(try await store.record(Self.line("3"), at: 1, isFailure: true, batch: "batch_1"))
            try await store.endBatch("batch_1", as: .completed, now: 1003)
            let ended = try await store.batch("batch_1", owner: nil)
            #expect((ended.completed, ended.failed) == (1, 1))
            #expect(try await store.text(of: "file-out", now: 1003) == "1\n")
            #expect(try await store.text(of: "file-err", now: 1003) == "3\n")
        }
    }

    @Test func `cancelling is asked for once it has begun, and refused at the end`() async throws {
        try await TemporaryStore.with { place in
            let store = try place.open()
            try await store.keep("file-in", ["a\n"])
            try await store.addBatch(.of("file-in"))
            let asked = try await store.cancelBatch("batch_1", owner: nil, now: 1001)
            #expect(asked.status == .cancelling)
            let begun = try await store.beginBatch(
                "batch_1", total: 1, outputFile: "file-out", errorFile: "file-err", now: 1002)
            #expect(begun.status == .cancelling, "a cancelled batch does not begin")
            try await store.endBatch("batch_1", as: .cancelled, now: 1003)
            #expect(try await store.batch("batch_1", owner: nil).outputFile == nil)
            await #expect(throws: StoreError.self) {
                _ = try await store.cancelBatch("batch_1", owner: nil, now: 1004)
            }
        }
    }

    @Test func `the input stays as long as the batch needs it`() async throws {
        try await TemporaryStore.with { place in
            let store = try place.open()
            try await store.keep("file-in", ["a\n"], expires: 1100)
            try await store.addBatch(.of("file-in"))
            await #expect(throws: StoreError.self) {
                try await store.deleteFile("file-in", owner: nil, now: 1000)
            }
            try await store.deleteExpiredFiles(now: 1200)
            #expect(try await store.piece(of: "file-in", after: -1) != nil)
            try await store.failBatch("batch_1", errors: [["code": "x"]], now: 1200)
            #expect(try await store.batch("batch_1", owner: nil).errors == [["code": "x"]])
            try await store.deleteExpiredFiles(now: 1200)
            #expect(try await store.piece(of: "file-in", after: -1) == nil)
        }
    }

    @Test func `a batch needs an input, and only so many are open`() async throws {
        try await TemporaryStore.with { place in
            var limits = StoreLimits()
            limits.openBatchesMax = 2
            let store = try place.open(limits: limits)
            await #expect(throws: StoreError.notFound(kind: "file", id: "file-in")) {
                try await store.addBatch(.of("file-in"))
            }
            try await store.keep("file-in", ["a\n"])
            for number in 1...2 { try await store.addBatch(.of("file-in", id: "batch_\(number)")) }
            await #expect(throws: StoreError.self) { try await store.addBatch(.of("file-in", id: "batch_3")) }
            let page = try await store.batches(owner: nil, ListRange(limit: 1))
            #expect(page.entries.map(\.id) == ["batch_2"])
            #expect(page.hasMore)
            let next = try await store.batches(owner: nil, ListRange(after: "batch_2", limit: 1))
            #expect(next.entries.map(\.id) == ["batch_1"])
        }
    }
}
