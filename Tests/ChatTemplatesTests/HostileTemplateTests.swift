import ChatTemplates
import JSON
import OrderedCollections
import Testing

@Suite struct HostileTemplateTests {
    /// Templates that would take for ever, fill the memory or exhaust the stack.
    static let templates = [
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(x) %}{{ m([x, x]) }}{% endmacro %}{{ m(1) }}",
        "{{ 'a' * 10000000000 }}",
        "{{ 'ab' * 9223372036854775807 }}",
        "{{ [0] * 9223372036854775807 }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{% for c in range(9) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(1000) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=(1,)) %}{% for i in range(99) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}",
        "{% set ns = namespace(x=[], y=[]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}"
            + "{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{% set ns = namespace(x=0) %}{% for i in range(99999) %}{% set ns.x = cycler(ns.x) %}{% endfor %}",
        "{{ '%99999999d' % 1 }}",
        "{{ '%.99999999f' % 1.5 }}",
        "{{ '{:99999999}'.format(1) }}",
        "{{ 'x'.center(99999999999) }}",
        "{{ 'x'.zfill(9223372036854775807) }}",
        "{{ 'x' | indent(99999999999, true) }}",
        "{{ ('a' * 1000000).replace('', 'b' * 1000000) }}",
        "{{ ('a' * 1000000).replace('a', 'b' * 1000000) }}",
        "{{ ('a' * 4000000).find('a' * 2000000 ~ 'b') }}",
        "{{ ('a' * 4000000).split('a' * 2000000 ~ 'b') }}",
        "{{ ('x' * 1000000).join(('y' * 1000000) | list) }}",
        "{% for i in range(100000) %}{{ 'y' * 1000 }}{% endfor %}",
        "{{ [1] | batch(9223372036854775807, 'x') | list }}",
        "{{ [1] | slice(9223372036854775807) | list }}",
        "{{ 9223372036854775807 + 1 }}",
        "{{ -9223372036854775807 - 2 }}",
        "{{ (-9223372036854775807 - 1) // -1 }}",
        "{{ -(-9223372036854775807 - 1) }}",
        "{{ (-9223372036854775807 - 1) | abs }}",
        "{{ 9223372036854775807 * 9223372036854775807 }}",
        "{{ 10 ** 100 }}",
        "{{ 2 ** 9223372036854775807 }}",
        "{{ 10.0 ** 400 }}",
        "{{ '99999999999999999999999' | int }}",
        "{{ 1e300 | int }}",
        "{{ range(-9223372036854775807, 9223372036854775807) }}",
        "{{ 99999999999999999999999 }}",
    ]

    @Test(arguments: templates) func `a hostile template ends in a typed error`(_ source: String) {
        let error = #expect(throws: TemplateError.self) { _ = try ChatTemplate(source).render([:]) }
        #expect(error.map { [.limit, .arithmetic, .syntax].contains($0.kind) } ?? false, "\(error as Any)")
    }

    @Test(arguments: ["(", "[", "{", "not ", "-", "a[", "a|f(", "1 if 1 else ", "1 + ", "{'a':"])
    func `an expression nested without end is refused`(_ opening: String) {
        let error = #expect(throws: TemplateError.self) {
            _ = try ChatTemplate("{{ " + String(repeating: opening, count: 100_000))
        }
        #expect(error.map { [.limit, .syntax].contains($0.kind) } ?? false, "\(error as Any)")
    }

    @Test(arguments: [".a", "[0]", "|upper", "()", " + 1", " ~ 1", " * 1", " and 1", " is odd"])
    func `a chain without end neither traps nor exhausts the stack`(_ link: String) {
        _ = try? ChatTemplate("{{ a" + String(repeating: link, count: 100_000) + " }}").render(["a": 1])
    }

    @Test(arguments: [
        "{% if 1 %}", "{% for a in b %}", "{% macro m() %}", "{% set x %}", "{% filter upper %}",
    ])
    func `statements nested without end are refused`(_ opening: String) {
        let error = #expect(throws: TemplateError.self) {
            _ = try ChatTemplate(String(repeating: opening, count: 100_000))
        }
        #expect(error?.kind == .limit)
    }

    @Test func `slices take any bounds`() throws {
        let bounds = ["-9223372036854775807 - 1", "-2", "0", "2", "9223372036854775807", "none"]
        for start in bounds {
            for stop in bounds {
                for step in ["-9223372036854775807 - 1", "-1", "1", "9223372036854775807"] {
                    _ = try ChatTemplate(
                        "{{ 'héllo'[\(start):\(stop):\(step)] }}{{ [1, 2][\(start):\(stop):\(step)] }}"
                    )
                    .render([:])
                }
            }
        }
    }
}
