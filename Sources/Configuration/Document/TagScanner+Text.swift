/// Attributes, references, and moving through the bytes.
extension TagScanner {
    mutating func scanAttribute(
        of element: Name,
        behind others: [ScannedAttribute]
    ) throws(DocumentError) -> ScannedAttribute {
        let location = cursor.location
        let text = takeName()
        // The name of what is no attribute may be the rest of a badly quoted secret: it is not quoted.
        guard !text.isEmpty, text.utf8.count <= 256, text.utf8.allSatisfy(isNameByte) else {
            throw DocumentError(
                location: location,
                what: "this is not an attribute of <\(quotable(element.text))>",
                allowed: "attributes are name=\"value\"; write &quot; for a quote inside a value"
            )
        }
        let name = Name(text: text, location: location)
        skipSpace()
        guard current == UInt8(ascii: "=") else {
            throw DocumentError(
                location: location,
                what: "an attribute of <\(quotable(element.text))> has no value",
                allowed: "attributes are name=\"value\"; write &quot; for a quote inside a value"
            )
        }
        cursor.advance(by: 1)
        skipSpace()
        guard let quote = current, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            throw error("the value of the attribute '\(text)' is not in quotes", "write \(text)=\"…\"")
        }
        cursor.advance(by: 1)
        let valueLocation = cursor.location
        try scanValue(of: name, quote: quote)
        if others.contains(where: { $0.name.text == text }) {
            throw DocumentError(
                location: location,
                what: "the attribute '\(text)' is given twice on <\(quotable(element.text))>",
                allowed: "remove one of them"
            )
        }
        guard others.count < limits.attributesPerElement else {
            throw DocumentError(
                location: location,
                what: "more than \(limits.attributesPerElement) attributes on one element",
                allowed: nil
            )
        }
        return ScannedAttribute(name: name, valueLocation: valueLocation)
    }

    private mutating func scanValue(of name: Name, quote: UInt8) throws(DocumentError) {
        let start = cursor.offset
        while let byte = current, byte != quote {
            guard byte != UInt8(ascii: "<") else {
                throw DocumentError(
                    location: name.location,
                    what: "the value of the attribute '\(name.text)' runs into the next tag",
                    allowed: "close its quote, or write &lt; for the character '<'"
                )
            }
            guard cursor.offset - start < limits.attributeBytes else {
                throw DocumentError(
                    location: name.location,
                    what: "the value of the attribute '\(name.text)' is longer than "
                        + SizeText.format(limits.attributeBytes),
                    allowed: nil
                )
            }
            if byte == UInt8(ascii: "&") { try scanReference() } else { cursor.advance(by: 1) }
        }
        guard current == quote else {
            throw DocumentError(
                location: name.location,
                what: "the value of the attribute '\(name.text)' is never closed",
                allowed: "close its quote"
            )
        }
        cursor.advance(by: 1)
    }

    /// Without a document type there are five entities and character references (XML 1.0 section 4.1).
    mutating func scanReference() throws(DocumentError) {
        let entities: [StaticString] = ["&amp;", "&lt;", "&gt;", "&quot;", "&apos;"]
        if let entity = entities.first(where: { starts(with: $0) }) {
            cursor.advance(by: entity.utf8CodeUnitCount)
            return
        }
        if starts(with: "&#"), let end = bytes[cursor.offset...].prefix(12).firstIndex(of: UInt8(ascii: ";")) {
            cursor.advance(to: end + 1)
            return
        }
        throw error("'&' stands for itself here", "write &amp; for the character '&'")
    }

    /// Whether there was any.
    @discardableResult
    mutating func skipSpace() -> Bool {
        let start = cursor.offset
        while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            cursor.advance(by: 1)
        }
        return cursor.offset > start
    }

    /// Everything up to what ends a name.
    mutating func takeName() -> String {
        let start = cursor.offset
        var end = start
        while end < bytes.count, !" \t\r\n=<>/".utf8.contains(bytes[end]) { end += 1 }
        cursor.advance(to: end)
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    mutating func skip(past closing: StaticString, from opening: Int, _ what: String) throws(DocumentError) {
        let opened = cursor.location
        guard let end = find(closing, from: cursor.offset + opening) else {
            throw DocumentError(location: opened, what: "\(what) is never closed", allowed: "end it with '\(closing)'")
        }
        cursor.advance(to: end + closing.utf8CodeUnitCount)
    }

    /// An encoding other than UTF-8 in `<?xml … encoding="…"?>` would make the parser read other characters than the
    /// scanner saw.
    mutating func checkDeclaration() throws(DocumentError) {
        guard starts(with: "<?xml"), let end = find("?>", from: cursor.offset) else { return }
        let declaration = String(decoding: bytes[cursor.offset..<end], as: UTF8.self)
        guard let match = declaration.firstRange(of: "encoding") else { return }
        let value = declaration[match.upperBound...].drop { " \t\r\n=\"'".contains($0) }
            .prefix { $0.isLetter || $0.isNumber || "-_.".contains($0) }
        guard ["UTF-8", "UTF8", "US-ASCII", "ASCII"].contains(value.uppercased()) else {
            throw error(
                "the file declares the encoding '\(value.prefix(40))'",
                "only UTF-8 is read: convert it with iconv and declare encoding=\"UTF-8\""
            )
        }
    }

    var current: UInt8? {
        cursor.offset < bytes.count ? bytes[cursor.offset] : nil
    }

    func starts(with text: StaticString) -> Bool {
        starts(at: cursor.offset, text)
    }

    func find(_ text: StaticString, from offset: Int) -> Int? {
        var place = offset
        while place + text.utf8CodeUnitCount <= bytes.count {
            if starts(at: place, text) { return place }
            place += 1
        }
        return nil
    }

    private func starts(at offset: Int, _ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[min(offset, bytes.count)...].starts(with: $0) }
    }

    /// Whether a name may be told to the reader: letters, digits and what else names are made of, at most 64 bytes.
    func quotable(_ name: String) -> String {
        name.utf8.count <= 64 && name.utf8.allSatisfy(isNameByte) ? name : "…"
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"), 0x80...0xFF:
            true
        default: false
        }
    }

    func error(_ what: String, _ allowed: String?) -> DocumentError {
        DocumentError(location: cursor.location, what: what, allowed: allowed)
    }
}
