import HTTPTypes
import OpenAIAPI
import Synchronization

/// What one caller has used of its minute: requests, and tokens of prompts and answers.
///
/// A prompt's tokens are taken when it comes; an answer's are charged when they are known, and may overdraw the
/// bucket, so that the next request waits longer. No answer is cut short.
final class RateMeter: Sendable {
    private struct Buckets {
        var requests: TokenBucket?
        var tokens: TokenBucket?
    }

    private let caller: String
    private let start = ContinuousClock.now
    private let buckets: Mutex<Buckets>

    /// - Returns: nil where there is no limit.
    init?(_ key: APIKey) {
        guard key.requestsPerMinuteMax != nil || key.tokensPerMinuteMax != nil else { return nil }
        caller = key.name
        buckets = Mutex(
            Buckets(
                requests: key.requestsPerMinuteMax.map { TokenBucket(perMinute: $0, time: 0) },
                tokens: key.tokensPerMinuteMax.map { TokenBucket(perMinute: $0, time: 0) }))
    }

    /// Whether it counts to the same limits as that key's meter would.
    func hasLimits(of key: APIKey) -> Bool {
        buckets.withLock {
            $0.requests?.perMinute == key.requestsPerMinuteMax
                && $0.tokens?.perMinute == key.tokensPerMinuteMax
        }
    }

    /// Counts a request at the door.
    ///
    /// - Throws: ``APIError`` 429 with the time to wait.
    func enter() throws(APIError) {
        let refusal: APIError? = withBuckets { buckets in
            if let wait = buckets.requests?.take(1) { return refuse(buckets.requests, "requests", 1, wait) }
            // Debts of earlier answers are paid before the work begins.
            if let wait = buckets.tokens?.take(1) { return refuse(buckets.tokens, "tokens", 1, wait) }
            buckets.tokens?.charge(-1)
            return nil
        }
        if let refusal { throw refusal }
    }

    /// Takes a prompt's tokens.
    ///
    /// - Throws: ``APIError`` 429 with the time to wait, or without one where no waiting helps.
    func take(promptTokens count: Int) throws(APIError) {
        let refusal: APIError? = withBuckets { buckets in
            guard let wait = buckets.tokens?.take(count) else { return nil }
            return refuse(buckets.tokens, "tokens", count, wait)
        }
        if let refusal { throw refusal }
    }

    /// Charges an answer's tokens.
    func charge(answerTokens count: Int) {
        withBuckets { $0.tokens?.charge(count) }
    }

    /// Tells what is left, in OpenAI's headers.
    func describe(in headers: inout HTTPFields) {
        let now = withBuckets { $0 }
        for (unit, bucket) in [("requests", now.requests), ("tokens", now.tokens)] {
            guard let bucket else { continue }
            let values = [
                "limit": String(bucket.perMinute), "remaining": String(bucket.remaining),
                "reset": Self.text(ofSeconds: bucket.secondsUntilFull),
            ]
            for (kind, value) in values {
                if let name = HTTPField.Name("x-ratelimit-\(kind)-\(unit)") { headers[name] = value }
            }
        }
    }

    /// A duration as OpenAI's headers have it: `120ms`, `1.5s`, `6m0s`.
    static func text(ofSeconds seconds: Double) -> String {
        let milliseconds = Int((max(0, seconds) * 1000).rounded(.up))
        if milliseconds < 1000 { return "\(milliseconds)ms" }
        if milliseconds < 60_000 {
            let (whole, rest) = (milliseconds / 1000, milliseconds % 1000 / 100)
            return rest == 0 ? "\(whole)s" : "\(whole).\(rest)s"
        }
        return "\(milliseconds / 60_000)m\(milliseconds % 60_000 / 1000)s"
    }

    private func withBuckets<Value: Sendable>(_ body: (inout Buckets) -> Value) -> Value {
        let now = start.duration(to: .now) / .seconds(1)
        return buckets.withLock { buckets in
            buckets.requests?.advance(to: now)
            buckets.tokens?.advance(to: now)
            return body(&buckets)
        }
    }

    private func refuse(_ bucket: TokenBucket?, _ unit: String, _ count: Int, _ wait: Double) -> APIError {
        let limit = bucket?.perMinute ?? 0
        guard count <= limit else {
            return APIError(
                status: 429,
                "Request too large for \(caller): it has \(count) \(unit), and \(limit) a minute are allowed",
                type: unit, code: "rate_limit_exceeded")
        }
        return APIError(
            status: 429,
            "Rate limit reached for \(caller) on \(unit) per minute: limit \(limit), left "
                + "\(bucket?.remaining ?? 0), requested \(count); try again in \(Self.text(ofSeconds: wait))",
            type: unit, code: "rate_limit_exceeded", retryAfterSeconds: max(1, Int(wait.rounded(.up))))
    }
}
