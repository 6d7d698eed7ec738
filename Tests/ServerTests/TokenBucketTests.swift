import Server
import Testing

struct TokenBucketTests {
    @Test func `a full bucket gives a minute's worth at once, and then as time fills it`() {
        var bucket = TokenBucket(perMinute: 60, time: 0)
        for _ in 0..<60 { #expect(bucket.take(1) == nil) }
        #expect(bucket.remaining == 0)
        #expect(bucket.take(1) == 1)
        bucket.advance(to: 0.5)
        #expect(bucket.take(1) == 0.5)
        bucket.advance(to: 1)
        #expect(bucket.take(1) == nil)
        #expect(bucket.secondsUntilFull == 60)
    }

    @Test func `it never holds more than a minute's worth, and no clock that goes back empties it`() {
        var bucket = TokenBucket(perMinute: 120, time: 100)
        bucket.advance(to: 1000)
        #expect(bucket.remaining == 120)
        #expect(bucket.secondsUntilFull == 0)
        bucket.advance(to: 10)
        #expect(bucket.remaining == 120)
    }

    @Test func `what was overdrawn is waited for`() {
        var bucket = TokenBucket(perMinute: 60, time: 0)
        bucket.charge(90)
        #expect(bucket.remaining == 0)
        #expect(bucket.take(1) == 31)
        bucket.advance(to: 31)
        #expect(bucket.take(1) == nil)
    }

    @Test func `over any time it lets through at most its content and the limit times the time`() {
        var bucket = TokenBucket(perMinute: 600, time: 0)
        var taken = 0
        for step in 1...12_000 {
            bucket.advance(to: Double(step) / 100)
            if bucket.take(7) == nil { taken += 7 }
        }
        // 120 seconds at 10 a second, beside the 600 of the start.
        #expect((1780...1800).contains(taken))
    }
}
