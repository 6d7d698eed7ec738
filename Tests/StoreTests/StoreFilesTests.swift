import Foundation
import Store
import Testing

struct StoreFilesTests {
    @Test func `a file is there after the next start as it was written, piece by piece`() async throws {
        try await TemporaryStore.with { place in
            do {
                let store = try place.open()
                let file = try await store.keep("file-1", ["first ", "", "second"])
                #expect(file.byteCount == 12)
            }
            let store = try place.open()
            #expect(try await store.text(of: "file-1") == "first second")
            let file = try await store.file("file-1", owner: nil, now: 1000)
            #expect(file.name == "file-1.txt")
            #expect(file.purpose == "batch")
        }
    }

    @Test func `an upload that never ended is not seen, and gone after the next start`() async throws {
        try await TemporaryStore.with { place in
            do {
                let store = try place.open()
                try await store.beginFile(
                    StoredFile(id: "file-1", owner: nil, purpose: "", name: "a", created: 1))
                try await store.append([1, 2, 3], to: "file-1")
                await #expect(throws: StoreError.notFound(kind: "file", id: "file-1")) {
                    _ = try await store.file("file-1", owner: nil, now: 1)
                }
            }
            let store = try place.open()
            await #expect(throws: StoreError.notFound(kind: "file", id: "file-1")) {
                try await store.append([4], to: "file-1")
            }
            #expect(try await store.piece(of: "file-1", after: -1) == nil)
        }
    }

    @Test func `lists go on after an entry in both orders, and know purposes`() async throws {
        try await TemporaryStore.with { place in
            let store = try place.open()
            for number in 1...5 {
                try await store.keep(
                    "file-\(number)", purpose: number == 3 ? "assistants" : "batch", ["x"], created: 7)
            }
            func ids(_ range: ListRange, purpose: String? = nil) async throws -> ([String], Bool) {
                let page = try await store.files(owner: nil, purpose: purpose, range, now: 7)
                return (page.entries.map { String($0.id.last ?? "?") }, page.hasMore)
            }
            #expect(try await ids(ListRange(limit: 2)) == (["5", "4"], true))
            #expect(try await ids(ListRange(after: "file-4", limit: 3)) == (["3", "2", "1"], false))
            #expect(
                try await ids(ListRange(after: "file-2", limit: 2, isDescending: false)) == (
                    ["3", "4"], true
                ))
            #expect(try await ids(ListRange(limit: 9), purpose: "assistants") == (["3"], false))
            await #expect(throws: StoreError.notFound(kind: "file", id: "file-9")) {
                _ = try await store.files(
                    owner: nil, purpose: nil, ListRange(after: "file-9", limit: 1), now: 7)
            }
        }
    }

    @Test func `what belongs to somebody else is not there`() async throws {
        try await TemporaryStore.with { place in
            let store = try place.open()
            try await store.keep("file-1", owner: "ann", ["x"])
            for owner in [nil, "bob"] {
                await #expect(throws: StoreError.notFound(kind: "file", id: "file-1")) {
                    _ = try await store.file("file-1", owner: owner, now: 1)
                }
                await #expect(throws: StoreError.notFound(kind: "file", id: "file-1")) {
                    try await store.deleteFile("file-1", owner: owner, now: 1)
                }
                let page = try await store.files(owner: owner, purpose: nil, ListRange(limit: 9), now: 1)
                #expect(page.entries.isEmpty)
            }
            #expect(try await store.file("file-1", owner: "ann", now: 1).id == "file-1")
        }
    }

    @Test func `a deleted file takes its bytes along, and an expired one is gone`() async throws {
        try await TemporaryStore.with { place in
            let store = try place.open()
            try await store.keep("file-1", ["x"])
            try await store.keep("file-2", ["y"], expires: 1500)
            try await store.deleteFile("file-1", owner: nil, now: 1000)
            #expect(try await store.piece(of: "file-1", after: -1) == nil)
            #expect(try await store.text(of: "file-2", now: 1499) == "y")
            await #expect(throws: StoreError.notFound(kind: "file", id: "file-2")) {
                _ = try await store.file("file-2", owner: nil, now: 1500)
            }
            #expect(try await store.piece(of: "file-2", after: -1) != nil)
            try await store.deleteExpiredFiles(now: 1500)
            #expect(try await store.piece(of: "file-2", after: -1) == nil)
        }
    }

    @Test func `no limit is passed`() async throws {
        try await TemporaryStore.with { place in
            var limits = StoreLimits()
            limits.fileBytesMax = 10
            limits.storageBytesMax = 15
            limits.filesMax = 2
            let store = try place.open(limits: limits)
            try await store.keep("file-1", ["0123456789"])
            let second = StoredFile(id: "file-2", owner: nil, purpose: "", name: "a", created: 1)
            try await store.beginFile(second)
            try await store.append([1, 2, 3, 4, 5], to: "file-2")
            await #expect(throws: StoreError.self) { try await store.append([6], to: "file-2") }
            try await store.deleteFile("file-1", owner: nil, now: 1)
            try await store.append([6, 7, 8, 9, 10], to: "file-2")
            await #expect(throws: StoreError.full("A file may have at most 10 bytes")) {
                try await store.append([11], to: "file-2")
            }
            try await store.keep("file-3", [])
            await #expect(throws: StoreError.self) { try await store.keep("file-4", []) }
        }
    }
}

struct StoreFolderTests {
    @Test func `the folder is made for its owner alone, and so are the files in it`() async throws {
        try await TemporaryStore.with { place in
            let nested = TemporaryStore(folder: place.folder + "/a/b")
            let store = try nested.open()
            for (path, mode) in [
                (nested.folder, 0o700), (nested.folder + "/needletail.sqlite", 0o600),
                (nested.folder + "/needletail.sqlite-wal", 0o600),
            ] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == mode, "\(path)")
            }
            #expect(store.folder == nested.folder)
        }
    }

    @Test func `a second store of one folder is refused while the first one is open`() async throws {
        try await TemporaryStore.with { place in
            do {
                let store = try place.open()
                #expect(throws: StoreError.inUse(place.folder)) { _ = try place.open() }
                try await store.keep("file-1", ["x"])
            }
            _ = try place.open()
        }
    }

    @Test func `a folder that cannot be, and a file that is no database, are errors that say so`()
        async throws
    {
        try await TemporaryStore.with { place in
            #expect(throws: StoreError.self) { _ = try Store(folder: "/proc/none/of/this") }
            #expect(throws: StoreError.self) { _ = try Store(folder: "relative") }
            try FileManager.default.createDirectory(
                atPath: place.folder, withIntermediateDirectories: true)
            let junk = String(repeating: "this is no database. ", count: 400)
            try junk.write(toFile: place.folder + "/needletail.sqlite", atomically: true, encoding: .utf8)
            let error = #expect(throws: StoreError.self) { _ = try place.open() }
            #expect(error?.description.contains("needletail.sqlite") == true)
        }
    }
}
