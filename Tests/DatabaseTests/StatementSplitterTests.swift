import Database
import Testing

struct StatementSplitterTests {
    @Test(arguments: [
        ("", []),
        (" ; ;\n", []),
        ("A; B ;C", ["A", "B", "C"]),
        ("A 'x;y' ; B", ["A 'x;y'", "B"]),
        ("A 'it''s; not' ; B", ["A 'it''s; not'", "B"]),
        ("A 'a\\';b' ; B", ["A 'a\\';b'", "B"]),
        ("A `a;\\` ; B \"x;\"\";\" ; C", ["A `a;\\`", "B \"x;\"\";\"", "C"]),
        ("-- one; two\nA -- rest; of line\n; B", ["A", "B"]),
        ("A 1--1; B # c; d\n", ["A 1--1", "B"]),
        ("A/* ; ' */B; C/**/D", ["A B", "C D"]),
        ("A; -- it's the end", ["A"]),
    ])
    func cutsOnlyBetweenStatements(text: String, statements: [String]) {
        #expect(StatementSplitter.statements(in: text) == statements)
    }
}
