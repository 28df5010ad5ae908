import Foundation

/// The saved inputs of one decoder: `Corpus/DECODER/*`, each file one input, as it is.
struct FuzzCorpus {
    let folder: String
    let inputs: [[UInt8]]

    /// - Parameter file: a source of the module's tests, however deep in its folders.
    init(_ decoder: String, besideTestsOf file: String) throws {
        var module = URL(fileURLWithPath: file).deletingLastPathComponent()
        while !module.lastPathComponent.hasSuffix("Tests"), module.path != "/" { module.deleteLastPathComponent() }
        let folder = module.appendingPathComponent("Corpus/\(decoder)")
        self.folder = folder.path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        // In the order of their names, so that a seed means the same everywhere.
        inputs = try names.sorted().map { [UInt8](try Data(contentsOf: folder.appendingPathComponent($0))) }
    }
}
