/// What `format` means (draft 2020-12, format-assertion vocabulary), as patterns over the whole string.
///
/// Each matches texts of its format only, and not always all of them: what validators disagree on is left out.
enum StringFormats {
    /// The pattern of a format; nil for one that is not known.
    static func pattern(_ name: String) -> String? {
        switch name {
        case "date": date
        case "time": time
        case "date-time": "(?:\(date))[T](?:\(time))"
        case "duration": duration
        case "email", "idn-email": "\(atom)(?:\\.\(atom)){0,3}@\(host)"
        case "hostname", "idn-hostname": host
        case "ipv4": ipv4
        case "ipv6": ipv6
        case "uuid": "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
        case "uri", "iri": uri
        case "uri-reference", "iri-reference": "(?:\(uri))|(?:\(relative))"
        case "uri-template": "(?:[A-Za-z0-9._~/:?=&-]|\\{[A-Za-z0-9_]{1,30}(?:,[A-Za-z0-9_]{1,30}){0,5}\\})*"
        case "json-pointer": pointer
        case "relative-json-pointer": "(?:0|[1-9]{1,4})(?:#|(?:/(?:[^/~]|~[01])*)+)"
        case "regex": regex
        case "byte", "base64": "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
        default: nil
        }
    }

    /// A pattern for all texts that any validator takes for the format; nil where nothing is sure.
    ///
    /// It tells formats apart in `oneOf` and `not`.
    static func upperBound(_ name: String) -> String? {
        switch name {
        case "date": "[0-9W-]+"
        case "time": "[0-9]{2}:?[0-9].*"
        case "date-time": "[0-9W-]+[Tt _][0-9].*"
        case "duration": "P[0-9A-Z.,:-]+"
        case "email": "[\\s\\S]*@[\\s\\S]*"
        case "ipv4": "[0-9]+[.][0-9.]+"
        case "ipv6": "[0-9a-fA-F]*:[0-9a-fA-F:.%]*.*"
        case "uuid": "[0-9a-fA-F]{8}-[0-9a-fA-F-]*"
        case "hostname": "[A-Za-z0-9_.-]+"
        case "uri": "[A-Za-z][A-Za-z0-9+.-]*:.*"
        default: nil
        }
    }

    /// The integers of formats from OpenAPI.
    static let integers: [String: ClosedRange<Int>] = [
        "int32": Int(Int32.min)...Int(Int32.max), "int64": Int.min...Int.max,
        "uint32": 0...Int(UInt32.max), "uint64": 0...Int.max,
    ]

    private static let date = {
        let year = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
        let leapYear =
            "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
        let day =
            "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
            + "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
        return "(?:\(year)-\(day)|\(leapYear)-02-29)"
    }()
    private static let time =
        "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
    private static let duration = {
        let number = "(?:0|[1-9][0-9]{0,3})"
        let second = "\(number)S"
        let minute = "\(number)M(?:\(second))?"
        let hour = "\(number)H(?:\(minute))?"
        let time = "T(?:\(hour)|\(minute)|\(second))"
        let day = "\(number)D"
        let month = "\(number)M(?:\(day))?"
        let year = "\(number)Y(?:\(month))?"
        return "P(?:(?:\(day)|\(month)|\(year))(?:\(time))?|\(time)|\(number)W)"
    }()
    private static let atom = "[A-Za-z0-9_%+-]{1,20}"
    private static let label = "[a-z0-9]{1,30}(?:-[a-z0-9]{1,15}){0,2}"
    private static let host = "(?:\(label)\\.){0,3}[a-z](?:[a-z0-9]{0,29})(?:-[a-z0-9]{1,15}){0,2}"
    private static let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    private static let ipv4 = "\(octet)(?:\\.\(octet)){3}"
    private static let ipv6 = {
        let group = "[0-9a-fA-F]{1,4}"
        var forms = ["(?:\(group):){7}\(group)", "(?:\(group):){1,7}:"]
        for count in 1...6 { forms.append("(?:\(group):){1,\(7 - count)}(?::\(group)){1,\(count)}") }
        forms += [":(?::\(group)){1,7}", "::", "::(?:[fF]{4}:)?\(ipv4)"]
        return "(?:\(forms.joined(separator: "|")))"
    }()
    private static let pathCharacter = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
    private static let tail =
        "(?:/\(pathCharacter)*)*(?:\\?(?:\(pathCharacter)|[/?])*)?(?:#(?:\(pathCharacter)|[/?])*)?"
    private static let uri =
        "[A-Za-z][A-Za-z0-9+.-]{0,15}://\(host)(?::[1-9][0-9]{0,3})?\(tail)|(?:urn:[a-z]{2,16}|mailto|tel|data):\(pathCharacter)+"
    private static let relative = "(?:/?[A-Za-z0-9._~-]+\(tail))?|/"
    private static let pointer = "(?:/(?:[^/~]|~[01])*)*"
    private static let regex =
        "\\^?(?:(?:[A-Za-z0-9 _-]|\\\\[dws.]|\\[(?:a-z|A-Z|0-9|A-Za-z|A-Za-z0-9)\\])(?:[+*?]|\\{[1-9]\\})?)*\\$?"
}
