import Console
import Foundation
import TestServers
import Testing

struct WholeLogTests {
    /// What comes of a log: its bytes, whether each piece held whole lines, and the lines that were left out.
    private func read(_ path: String) throws -> (text: String, longLines: Int, pieces: Int) {
        var bytes: [UInt8] = []
        var longLines = 0
        var pieces = 0
        try WholeLog(path).read { piece, long in
            // Only the end of the log may lack its line end.
            #expect(bytes.isEmpty || bytes.last == 0x0a)
            bytes += piece
            longLines += Int(long)
            pieces += 1
        }
        return (String(decoding: bytes, as: UTF8.self), longLines, pieces)
    }

    @Test func piecesOfWholeLines() throws {
        let folder = try TestFolder("log")
        let text = (0..<200_000).map { "line \($0)\n" }.joined() + "without an end"
        let result = try read(try folder.file("log", text))
        #expect(result.text == text)
        #expect(result.longLines == 0)
        #expect(result.pieces > 2)
    }

    @Test func emptyLog() throws {
        let folder = try TestFolder("log")
        #expect(try read(try folder.file("log", "")).pieces == 0)
    }

    /// Longer than any block, at the beginning, in the middle and at the end.
    @Test func endlessLinesAreLeftOutAndCounted() throws {
        let folder = try TestFolder("log")
        let endless = String(repeating: "x", count: 5_000_000)
        let result = try read(try folder.file("log", "\(endless)\none\n\(endless)\ntwo\n\(endless)"))
        #expect(result.text == "one\ntwo\n")
        #expect(result.longLines == 3)
    }

    @Test func gzip() throws {
        let folder = try TestFolder("log")
        let text = (0..<50_000).map { "line \($0)\n" }.joined()
        let path = try folder.file("log", text)
        try SSHServer.run("gzip", [path])
        #expect(try read("\(path).gz").text == text)
        // Cut off, as while it is being written.
        let data = try #require(FileManager.default.contents(atPath: "\(path).gz"))
        try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: "\(path).gz"))
        #expect { try read("\(path).gz") } throws: { "\($0)".contains("damaged") }
    }

    @Test func whatCannotBeReadSaysItsMend() throws {
        let folder = try TestFolder("log")
        #expect { try WholeLog("\(folder.path)/none") } throws: {
            "\($0)"
                == "cannot read \(folder.path)/none: No such file or directory; check the path: `metricsd watch FILE`"
        }
        #expect { try WholeLog(folder.path) } throws: { "\($0)".hasSuffix("`metricsd watch DIRECTORY/access.log`") }
    }
}
