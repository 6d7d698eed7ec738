import Glibc

/// Points in time as people write them: RFC 3339 in UTC, `2027-01-31T12:00:00Z`, or a day, which ends with it.
package enum CalendarTime {
    /// Seconds since 1970; nil where the text is no such time, the 30th of February included.
    package static func seconds(of text: String) -> Int? {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int32? {
            let digits = bytes[range]
            return digits.allSatisfy { 0x30...0x39 ~= $0 }
                ? Int32(String(decoding: digits, as: UTF8.self)) : nil
        }
        guard bytes.count == 10 || bytes.count == 20, let year = number(0..<4), let month = number(5..<7),
            let day = number(8..<10), bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-")
        else { return nil }
        var time = tm()
        (time.tm_year, time.tm_mon, time.tm_mday) = (year - 1900, month - 1, day)
        if bytes.count == 20 {
            let marks = [10, 13, 16, 19].map { bytes[$0] }
            guard marks == Array("T::Z".utf8), let hour = number(11..<13), let minute = number(14..<16),
                let second = number(17..<19), hour < 24, minute < 60, second < 60
            else { return nil }
            (time.tm_hour, time.tm_min, time.tm_sec) = (hour, minute, second)
        } else {
            time.tm_hour = 24
        }
        var normal = time
        let seconds = timegm(&normal)
        // What the calendar lacks comes back as another day.
        var check = time
        (check.tm_hour, check.tm_min, check.tm_sec) = (0, 0, 0)
        guard timegm(&check) != -1, check.tm_mday == day, check.tm_mon == month - 1 else { return nil }
        return seconds
    }

    /// The time as RFC 3339 writes it.
    package static func text(of seconds: Int) -> String {
        var seconds = time_t(seconds)
        var time = tm()
        gmtime_r(&seconds, &time)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(time.tm_year + 1900)-\(two(time.tm_mon + 1))-\(two(time.tm_mday))"
            + "T\(two(time.tm_hour)):\(two(time.tm_min)):\(two(time.tm_sec))Z"
    }
}
