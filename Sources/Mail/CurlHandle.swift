import CCurl

/// One libcurl easy handle (https://curl.se/libcurl/c/libcurl-easy.html) with what must live as long as it.
final class CurlHandle {
    private let handle: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    /// libcurl holds a plain pointer to it.
    private let conversation: SMTPConversation

    /// libcurl's own text of the last error; libcurl writes up to CURL_ERROR_SIZE bytes to it.
    private let errorText: UnsafeMutablePointer<CChar>

    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// nil when libcurl cannot be initialised: it is out of memory.
    init?(_ conversation: SMTPConversation) {
        guard CurlHandle.isReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.conversation = conversation
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
        // Unretained: `conversation` is a property, and the handle ends before it does.
        let context = Unmanaged.passUnretained(conversation).toOpaque()
        curl_set_read(
            handle,
            { buffer, size, count, context in
                guard let buffer, let context else { return 0 }
                let conversation = Unmanaged<SMTPConversation>.fromOpaque(context).takeUnretainedValue()
                return conversation.read(into: buffer, capacity: size * count)
            },
            context
        )
        // Replies to NOOP would go to standard output otherwise.
        curl_set_write(handle) { _, size, count, _ in size * count }
        curl_set_debug(
            handle,
            { _, kind, data, size, context in
                guard let data, let context else { return 0 }
                let conversation = Unmanaged<SMTPConversation>.fromOpaque(context).takeUnretainedValue()
                conversation.note(kind, UnsafeRawBufferPointer(start: data, count: size))
                return 0
            },
            context
        )
        curl_set_progress(
            handle,
            { context, _, _, _, _ in
                guard let context else { return 0 }
                return Unmanaged<SMTPConversation>.fromOpaque(context).takeUnretainedValue().shouldStop() ? 1 : 0
            },
            context
        )
        curl_set_socket_created(
            handle,
            { context, socket, _ in
                guard let context else { return CURL_SOCKOPT_OK }
                Unmanaged<SMTPConversation>.fromOpaque(context).takeUnretainedValue().socket = socket
                return CURL_SOCKOPT_OK
            },
            context
        )
        set(CURLOPT_NOPROGRESS, 0)
        // The debug callback is what VERBOSE feeds; nothing is printed.
        set(CURLOPT_VERBOSE, 1)
        set(CURLOPT_NOSIGNAL, 1)
        // Without it the end waits for a name server that does not answer, whatever the timeouts say.
        set(CURLOPT_QUICK_EXIT, 1)
        // A kept connection would be closed by a handle of libcurl's own, with its two minutes for the farewell.
        set(CURLOPT_FORBID_REUSE, 1)
    }

    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    func set(_ option: CURLoption, _ value: Int) {
        curl_set_long(handle, option, value)
    }

    /// libcurl copies the text.
    func set(_ option: CURLoption, _ value: String) {
        curl_set_string(handle, option, value)
    }

    func set(_ option: CURLoption, _ values: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for value in values { list = curl_slist_append(list, value) ?? list }
        guard let list else { return }
        lists.append(list)
        curl_set_list(handle, option, list)
    }

    /// Takes a text option back to none, whatever libcurl was built with.
    func clear(_ option: CURLoption) {
        curl_set_string(handle, option, nil)
    }

    func setUploadSize(_ bytes: Int) {
        curl_set_upload_size(handle, curl_off_t(bytes))
    }

    /// Blocks until the transfer ends. Returns libcurl's code and its text.
    func perform() -> (code: CURLcode, text: String) {
        let code = curl_easy_perform(handle)
        let own = String(cString: errorText)
        return (code, own.isEmpty ? String(cString: curl_easy_strerror(code)) : own)
    }
}
