import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Reads a configuration file into located elements.
///
/// Foundation's XMLParser (libxml2) judges what is well-formed and decodes the values; `TagScanner`, which has passed
/// over the same bytes before, knows the places. Both see the same start tags in the same order.
enum DocumentParser {
    static func parse(_ bytes: [UInt8], limits: DocumentLimits = .standard) throws(DocumentError) -> Element {
        guard bytes.count <= limits.fileBytes else {
            throw DocumentError(what: "the file is larger than \(SizeText.format(limits.fileBytes))", allowed: nil)
        }
        try TextEncoding.check(bytes)
        let tags = try TagScanner.scan(bytes, limits: limits)
        let builder = TreeBuilder(tags)
        let parser = XMLParser(data: Data(bytes))
        parser.shouldResolveExternalEntities = false
        parser.shouldProcessNamespaces = false
        parser.delegate = builder
        let isWellFormed = parser.parse()
        if let error = builder.error { throw error }
        guard isWellFormed, let root = builder.root else {
            throw DocumentError(
                location: SourceLocation(line: max(parser.lineNumber, 1), column: max(parser.columnNumber, 1)),
                what: "this is not well-formed XML",
                allowed: nil
            )
        }
        return root
    }
}

private final class TreeBuilder: NSObject, XMLParserDelegate {
    private let tags: [TagScanner.StartTag]
    private var next = 0
    private var open: [Element] = []
    private(set) var root: Element?
    private(set) var error: DocumentError?

    init(_ tags: [TagScanner.StartTag]) {
        self.tags = tags
    }

    func parser(
        _ parser: XMLParser,
        didStartElement elementName: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes values: [String: String] = [:]
    ) {
        guard error == nil else { return }
        guard next < tags.count, tags[next].name.text == elementName else {
            return fail(parser, "this is not well-formed XML")
        }
        let tag = tags[next]
        next += 1
        let attributes = tag.attributes.map {
            Attribute(
                name: $0.name.text,
                // Namespace declarations are not among the values; as attributes they are unknown anyway.
                value: values[$0.name.text] ?? "",
                location: $0.name.location,
                valueLocation: $0.valueLocation
            )
        }
        let element = Element(
            name: elementName,
            location: tag.name.location,
            attributes: attributes,
            textLocation: tag.textLocation
        )
        if let parent = open.last { parent.append(element) } else { root = element }
        open.append(element)
    }

    func parser(
        _ parser: XMLParser,
        didEndElement elementName: String,
        namespaceURI: String?,
        qualifiedName: String?
    ) {
        _ = open.popLast()
    }

    func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) {
        let code = (parseError as NSError).code
        fail(parser, "this is not well-formed XML (\(XMLErrorCode.meaning(code)))")
    }

    private func fail(_ parser: XMLParser, _ what: String) {
        guard error == nil else { return }
        error = DocumentError(
            location: SourceLocation(line: max(parser.lineNumber, 1), column: max(parser.columnNumber, 1)),
            what: what,
            allowed: nil
        )
        parser.abortParsing()
    }
}

/// libxml2's numbers (`libxml/xmlerror.h`) of what `TagScanner` leaves to it.
enum XMLErrorCode {
    static func meaning(_ code: Int) -> String {
        switch code {
        case 4: "the document is empty"
        case 5: "something stands behind the end of the outermost element"
        case 6, 7, 8: "a character reference such as &#10; is malformed"
        case 9: "a character that XML does not allow"
        case 46, 47: "a processing instruction <?…?> is malformed"
        case 56, 57: "the XML declaration <?xml …?> is malformed"
        case 62: "']]>' stands outside a CDATA section"
        case 64: "an XML declaration <?xml …?> is allowed at the very start only"
        case 68: "a name is malformed"
        case 73, 76, 77: "a tag is not closed"
        case 96, 97, 108: "the XML version is not 1.0"
        case 200, 201, 202, 203: "a namespace prefix that is not declared"
        default: "libxml2's error \(code)"
        }
    }
}
