import ChatTemplates
import Foundation
import JSON
import OrderedCollections
import TestSupport
import Testing

@Suite struct SnippetTests {
    @Test func `every snippet writes what Jinja2 writes or fails as it fails`() throws {
        setenv("TZ", "UTC", 1)
        let golden = try Golden.json("snippets.json")
        let variables = try #require(golden["variables"]?.objectValue)
        let now = try #require(golden["now"]?.intValue)
        let cases = try #require(golden["cases"]?.arrayValue)
        var failures: [String] = []
        for expected in cases {
            let source = try #require(expected["template"]?.stringValue)
            let difference = Golden.difference(from: expected) { () throws(TemplateError) in
                try ChatTemplate(source).render(variables, now: now)
            }
            if let difference { failures.append("\(source.debugDescription): \(difference)") }
        }
        #expect(cases.count >= 300)
        #expect(failures.isEmpty, "\(failures.count) differ:\n\(failures.joined(separator: "\n"))")
    }

    @Test func `statements that load other templates are refused where they stand`() {
        for tag in [
            "include 'x'", "import 'x' as y", "extends 'x'", "block b", "autoescape true",
            "from 'x' import y",
        ] {
            let error = #expect(throws: TemplateError.self) { _ = try ChatTemplate("text\n  {% \(tag) %}") }
            #expect(error?.kind == .unsupported)
            #expect(error?.line == 2)
            #expect(error?.column == 6)
        }
    }
}
