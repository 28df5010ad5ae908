import Foundation
import Probe
import TestServers
import Testing
import Wire

@Suite struct KernelFileTests {
    private let collector = Collector(name: "test")

    @Test func aFileThatIsNotThereIsNoFailure() throws {
        let file = KernelFile("/no/such/folder/file", buffer: ReadBuffer())
        #expect(try file.read(for: collector) == nil)
    }

    @Test func aFolderIsAFailureThatNamesIt() throws {
        let file = KernelFile("/tmp", buffer: ReadBuffer())
        let failure = #expect(throws: CollectorFailure.self) { try file.read(for: collector) }
        #expect(failure == CollectorFailure(collector: "test", reason: "cannot read /tmp: Is a directory"))
    }

    @Test func readsAnewEachTime() throws {
        let place = try TestFolder("kernel-file")
        let path = try place.file("value", "one")
        let file = KernelFile(path, buffer: ReadBuffer())
        #expect(try file.read(for: collector)?.string == "one")
        try place.file("value", "2")
        #expect(try file.read(for: collector)?.string == "2")
    }

    @Test func appearsLater() throws {
        let place = try TestFolder("kernel-file")
        let file = KernelFile(place.path + "/value", buffer: ReadBuffer())
        #expect(try file.read(for: collector) == nil)
        try place.file("value", "here")
        #expect(try file.read(for: collector)?.string == "here")
    }

    @Test func longerThanTheBufferIsReadWhole() throws {
        let place = try TestFolder("kernel-file")
        let text = String(repeating: "0123456789\n", count: 5_000)
        let file = KernelFile(try place.file("long", text), buffer: ReadBuffer(capacity: 64))
        #expect(try file.read(for: collector)?.string == text)
    }

    @Test func longerThanTheLimitIsAFailure() throws {
        let place = try TestFolder("kernel-file")
        let path = try place.file("long", String(repeating: "x", count: 10_000))
        let file = KernelFile(path, buffer: ReadBuffer(capacity: 64), limit: 1_024)
        let failure = #expect(throws: CollectorFailure.self) { try file.read(for: collector) }
        #expect(failure?.reason == "\(path) is longer than 1024 bytes")
    }

    @Test func anEndlessFileIsBounded() throws {
        let file = KernelFile("/dev/zero", buffer: ReadBuffer(capacity: 64), limit: 65_536)
        #expect(throws: CollectorFailure.self) { try file.read(for: collector) }
    }

    @Test func oneBufferServesSeveralFiles() throws {
        let place = try TestFolder("kernel-file")
        let buffer = ReadBuffer(capacity: 16)
        let long = KernelFile(try place.file("long", String(repeating: "a", count: 40)), buffer: buffer)
        let short = KernelFile(try place.file("short", "b"), buffer: buffer)
        #expect(try long.read(for: collector)?.count == 40)
        #expect(try short.read(for: collector)?.string == "b")
        #expect(try long.read(for: collector)?.count == 40)
    }
}
