import ChatTemplates
import Foundation
import JSON
import OrderedCollections
import TestSupport
import Testing

@Suite struct ConversationTests {
    @Test func `conversations render byte for byte as in Transformers, through templates of every family`()
        throws
    {
        setenv("TZ", "UTC", 1)
        let golden = try Golden.json("conversations.json")
        let now = try #require(golden["now"]?.intValue)
        var templates: [String: ChatTemplate] = [:]
        var failures: [String] = []
        for expected in try #require(golden["cases"]?.arrayValue) {
            let family = try #require(expected["template"]?.stringValue)
            let name = try #require(expected["name"]?.stringValue)
            let conversation = try #require(golden["conversations"]?[name])
            let template: ChatTemplate
            if let parsed = templates[family] {
                template = parsed
            } else {
                template = try ChatTemplate(try Golden.text("templates/\(family).jinja"))
                templates[family] = template
            }
            var extra = conversation.objectValue ?? [:]
            for handled in ["messages", "tools", "documents"] { extra.removeValue(forKey: handled) }
            let difference = Golden.difference(from: expected) { () throws(TemplateError) in
                try template.render(
                    messages: conversation["messages"]?.arrayValue ?? [],
                    tools: conversation["tools"]?.arrayValue,
                    documents: conversation["documents"]?.arrayValue,
                    addGenerationPrompt: expected["prompt"]?.boolValue ?? false, beginningOfSequence: "<s>",
                    endOfSequence: "</s>", extra: extra, now: now)
            }
            if let difference { failures.append("\(family), \(name): \(difference)") }
        }
        #expect(templates.count >= 14)
        #expect(failures.isEmpty, "\(failures.count) differ:\n\(failures.prefix(20).joined(separator: "\n"))")
    }

    @Test func `a template that reads tools supports them`() throws {
        #expect(try ChatTemplate(try Golden.text("templates/qwen2.5-coder.jinja")).supportsTools)
        #expect(try !ChatTemplate(try Golden.text("templates/smollm2.jinja")).supportsTools)
    }

    @Test func `a template's own complaint is told apart by its kind and keeps its words`() throws {
        let template = try ChatTemplate("{{ raise_exception('no such role') }}")
        let error = #expect(throws: TemplateError.self) { _ = try template.render([:]) }
        #expect(error?.kind == .raised)
        #expect(error?.message == "no such role")
        #expect(error?.line == 1)
    }
}
