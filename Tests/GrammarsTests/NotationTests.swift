import Grammars
import Testing

extension GrammarsTests {
    struct NotationTests {
        /// A part of SQL, as vLLM's documentation has it.
        private static let query = """
            root ::= select_statement
            select_statement ::= "SELECT " column " from " table " where " condition
            column ::= "col_1 " | "col_2 "
            table ::= "table_1 " | "table_2 "
            condition ::= column "= " number
            number ::= "1 " | "2 "
            """

        @Test func `rules, choices and texts make a language`() throws {
            let grammar = try MadeUpVocabulary.grammar(.grammar(Self.query))
            #expect(grammar.accepts("SELECT col_1  from table_2  where col_2 = 1 "))
            #expect(!grammar.accepts("SELECT col_3  from table_2  where col_2 = 1 "))
            #expect(!grammar.accepts("SELECT col_1  from table_2  where col_2 = 1"))
        }

        @Test func `a grammar of arithmetic nests`() throws {
            let grammar = try MadeUpVocabulary.grammar(
                .grammar(
                    """
                    # GBNF
                    root  ::= (expr "=" ws term "\\n")+
                    expr  ::= term ([-+*/] term)*
                    term  ::= ident | num | "(" ws expr ")" ws
                    ident ::= [a-z] [a-z0-9_]* ws
                    num   ::= [0-9]+ ws
                    ws    ::= [ \\t\\n]*
                    """))
            #expect(grammar.accepts("(1+x)*((2)) = y\n"))
            #expect(grammar.accepts("1=2\nx=3\n"))
            #expect(!grammar.accepts("(1+x = y\n"))
            #expect(!grammar.accepts("1+=2\n"))
        }

        @Test func `a rule may begin with itself`() throws {
            let grammar = try MadeUpVocabulary.grammar(
                .grammar(#"root ::= root "+" t | t"# + "\n" + #"t ::= [0-9] | "(" root ")""#))
            #expect(grammar.accepts("1+2+(3+4)"))
            #expect(!grammar.accepts("1+"))
        }

        @Test(arguments: [
            (#"root ::= "a"{2,3}"#, ["aa", "aaa"], ["a", "aaaa"]),
            (#"root ::= [^a-z]+"#, ["AB", "é"], ["ab", ""]),
            (#"root ::= 'it' "\x41\u00e9" [\U0001F600-\U0001F610]"#, ["itAé😀"], ["itAé"]),
            (#"root ::= "a" | "" | b"# + "\n" + #"b ::= "b" b | "c""#, ["", "a", "bbc"], ["b"]),
            (#"root ::= ("x" | "y")* "z"?"#, ["", "xyz", "z"], ["zx"]),
            (#"root ::= . "b""#, ["ab", "漢b"], ["\nb"]),
            (#"root ::= "\"" [^"\\]* "\"""#, ["\"a b\""], ["\"a\\\""]),
            (#"root ::= a"# + "\n" + #"a ::= "(" a ")" | "()""#, ["()", "((()))"], ["(()", ""]),
            (#"root ::= "a"{,2} "b"{2,}"#, ["bb", "aabbb"], ["aaabb", "ab"]),
        ])
        func `operators mean what llama.cpp and XGrammar mean by them`(
            grammar: String, taken: [String], refused: [String]
        ) throws {
            let compiled = try MadeUpVocabulary.grammar(.grammar(grammar))
            for text in taken { #expect(compiled.accepts(text), "\(text)") }
            for text in refused { #expect(!compiled.accepts(text), "\(text)") }
        }

        @Test(arguments: [
            ("", "no rule named root"), (#"start ::= "a""#, "no rule named root"),
            (#"root ::= other"#, "other"),
            (#"root ::= "a"#, "line 1"), ("root ::= \"a\"\nroot ::= \"b\"", "defined twice"),
            ("root = 1", "::="),
            ("root ::= [a", "]"), (#"root ::= "a"{3,2}"#, "counts"), ("root ::= (\"a\"", ")"),
            ("root ::= a\na ::= b\nb ::= a \"x\" | \"y\"", "left recursion"),
            ("root ::= \"a\" root", "no output"),
        ])
        func `a grammar that is wrong says where`(grammar: String, reason: String) throws {
            let error = try #require(throws: GrammarError.self) {
                try MadeUpVocabulary.grammar(.grammar(grammar))
            }
            #expect("\(error)".contains(reason), "\(error)")
        }
    }
}
