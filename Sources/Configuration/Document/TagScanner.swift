/// Finds every tag and attribute of a file with its place, ahead of the XML parser, which tells neither.
///
/// Without a document type (refused here) the lexical structure of XML is small: comments, CDATA sections, processing
/// instructions, end tags, start tags with quoted attributes. Limits are enforced here too, so that the XML parser
/// never sees a document that could make it work hard. What the scanner does not judge (the characters of names, what
/// stands outside the root), the XML parser judges. Errors never quote a value: it could be a secret.
struct TagScanner {
    struct Name: Equatable {
        let text: String
        let location: SourceLocation
    }

    struct ScannedAttribute {
        let name: Name
        let valueLocation: SourceLocation
    }

    struct StartTag {
        /// The place is that of the `<`.
        let name: Name
        let attributes: [ScannedAttribute]
        /// Where characters other than white space stand directly in the element.
        var textLocation: SourceLocation?
    }

    let bytes: [UInt8]
    let limits: DocumentLimits
    var cursor: TextCursor
    private var tags: [StartTag] = []
    /// Indices of the start tags whose end is still to come.
    private var open: [Int] = []

    private init(_ bytes: [UInt8], limits: DocumentLimits) {
        self.bytes = bytes
        self.limits = limits
        cursor = TextCursor(bytes)
    }

    /// The start tags in document order.
    /// - Parameter bytes: valid UTF-8, see `TextEncoding.check`.
    static func scan(_ bytes: [UInt8], limits: DocumentLimits = .standard) throws(DocumentError) -> [StartTag] {
        var scanner = TagScanner(bytes, limits: limits)
        try scanner.scanDocument()
        return scanner.tags
    }

    private mutating func scanDocument() throws(DocumentError) {
        try checkDeclaration()
        while cursor.offset < bytes.count {
            switch bytes[cursor.offset] {
            case UInt8(ascii: "<"): try scanMarkup()
            case UInt8(ascii: "&"):
                noteText()
                try scanReference()
            case 0x20, 0x09, 0x0A, 0x0D: cursor.advance(by: 1)
            default:
                noteText()
                cursor.advance(by: 1)
            }
        }
        if let unclosed = open.last.map({ tags[$0].name }) {
            throw DocumentError(
                location: unclosed.location,
                what: "<\(quotable(unclosed.text))> is never closed",
                allowed: "add </\(quotable(unclosed.text))>, or end the tag with '/>'"
            )
        }
        guard !tags.isEmpty else {
            throw DocumentError(
                location: SourceLocation(line: 1, column: 1),
                what: "this is not an XML document: there is no element in it",
                allowed: "the file's outermost element is <metricsd>"
            )
        }
    }

    private mutating func scanMarkup() throws(DocumentError) {
        if starts(with: "<!--") {
            try scanComment()
        } else if starts(with: "<![CDATA[") {
            noteText()
            try skip(past: "]]>", from: 9, "the CDATA section")
        } else if starts(with: "<?") {
            try scanInstruction()
        } else if starts(with: "<!DOCTYPE") {
            throw error(
                "a document type is refused: entities could reach other files or grow without bound",
                "remove <!DOCTYPE …>"
            )
        } else if starts(with: "<!") {
            throw error("'<!' opens nothing known here", "a comment is <!-- … -->")
        } else if starts(with: "</") {
            try scanEndTag()
        } else {
            try scanStartTag()
        }
    }

    private mutating func scanComment() throws(DocumentError) {
        let opened = cursor.location
        cursor.advance(by: 4)
        guard let end = find("--", from: cursor.offset) else {
            throw DocumentError(location: opened, what: "the comment is never closed", allowed: "end it with '-->'")
        }
        cursor.advance(to: end)
        guard starts(with: "-->") else {
            throw error(
                "'--' inside a comment, which XML does not allow",
                "end the comment with '-->' or write the dashes apart"
            )
        }
        cursor.advance(by: 3)
    }

    private mutating func scanInstruction() throws(DocumentError) {
        let opened = cursor
        try skip(past: "?>", from: 2, "the processing instruction")
        // Foundation's parser crashes on one that is only a target (it takes the length of a text that is not there).
        let isOnlyTarget = !bytes[opened.offset..<cursor.offset].contains { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        if isOnlyTarget {
            throw DocumentError(
                location: opened.location,
                what: "the processing instruction is empty",
                allowed: "remove it; comments are <!-- … -->"
            )
        }
    }

    private mutating func scanEndTag() throws(DocumentError) {
        let location = cursor.location
        cursor.advance(by: 2)
        let name = takeName()
        skipSpace()
        guard current == UInt8(ascii: ">") else {
            throw DocumentError(location: location, what: "the end tag is not finished", allowed: "end it with '>'")
        }
        cursor.advance(by: 1)
        guard let opened = open.popLast().map({ tags[$0].name }) else {
            throw DocumentError(location: location, what: "</\(quotable(name))> closes nothing", allowed: "remove it")
        }
        guard opened.text == name else {
            throw DocumentError(
                location: location,
                what:
                    "</\(quotable(name))> stands where <\(quotable(opened.text))> of line \(opened.location.line) is still open",
                allowed: "write </\(quotable(opened.text))> first, or end that tag with '/>'"
            )
        }
    }

    private mutating func scanStartTag() throws(DocumentError) {
        let location = cursor.location
        cursor.advance(by: 1)
        let text = takeName()
        guard !text.isEmpty, text.utf8.count <= 256 else {
            throw DocumentError(
                location: location,
                what: "'<' opens no element here",
                allowed: "a tag begins with its element's name; write &lt; for the character"
            )
        }
        let name = Name(text: text, location: location)
        var attributes: [ScannedAttribute] = []
        var isEmptyElement = false
        while true {
            let hadSpace = skipSpace()
            guard let byte = current else { throw unfinished(name) }
            if byte == UInt8(ascii: ">") {
                cursor.advance(by: 1)
                break
            }
            if starts(with: "/>") {
                cursor.advance(by: 2)
                isEmptyElement = true
                break
            }
            guard byte != UInt8(ascii: "<") else { throw unfinished(name) }
            if !hadSpace, let previous = attributes.last {
                throw error(
                    "no space after the value of the attribute '\(previous.name.text)'",
                    "check its quotes: &quot; is a quote inside a value"
                )
            }
            attributes.append(try scanAttribute(of: name, behind: attributes))
        }
        tags.append(StartTag(name: name, attributes: attributes))
        guard tags.count <= limits.elements else {
            throw DocumentError(location: location, what: "more than \(limits.elements) elements", allowed: nil)
        }
        if !isEmptyElement { open.append(tags.count - 1) }
        guard open.count <= limits.depth else {
            throw DocumentError(
                location: location,
                what: "elements are nested more than \(limits.depth) deep",
                allowed: nil
            )
        }
    }

    private mutating func noteText() {
        guard let index = open.last, tags[index].textLocation == nil else { return }
        tags[index].textLocation = cursor.location
    }

    private func unfinished(_ name: Name) -> DocumentError {
        DocumentError(
            location: name.location,
            what: "the tag <\(name.text) is not finished",
            allowed: "end it with '>' or '/>'"
        )
    }
}
