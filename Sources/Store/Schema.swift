import GRDB

/// The tables. A change is a new migration at the end; those that were released stay as they are.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: files, batches, responses") { database in
            for statement in [files, pieces, batches, responses] { try database.execute(sql: statement) }
        }
        migrator.registerMigration("2: background responses") { database in
            for statement in [background, events] { try database.execute(sql: statement) }
        }
        return migrator
    }

    /// `number` is the order in which files came. One that is not whole is being written, and nobody sees it.
    private static let files = """
        CREATE TABLE file (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            owner TEXT,
            purpose TEXT NOT NULL,
            name TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER,
            isWhole INTEGER NOT NULL,
            batch TEXT
        )
        """

    /// A file's bytes are those of its pieces in the order of their places. A batch's output has a piece for
    /// each line of its input, at the line's place: that there is one answer to a line is the primary key.
    private static let pieces = """
        CREATE TABLE piece (
            file TEXT NOT NULL REFERENCES file(id) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (file, place)
        )
        """

    /// `times` and `metadata` are JSON objects, `errors` is a JSON array.
    private static let batches = """
        CREATE TABLE batch (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            owner TEXT,
            endpoint TEXT NOT NULL,
            inputFile TEXT NOT NULL,
            window TEXT NOT NULL,
            metadata TEXT,
            status TEXT NOT NULL,
            errors TEXT,
            outputFile TEXT,
            errorFile TEXT,
            total INTEGER NOT NULL,
            completed INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            created INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            times TEXT NOT NULL
        );
        CREATE INDEX batchByStatus ON batch (status, number);
        """

    /// `input` is a JSON array of the request's own items, `body` the response as it was told.
    private static let responses = """
        CREATE TABLE response (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            owner TEXT,
            previous TEXT,
            created INTEGER NOT NULL,
            input TEXT NOT NULL,
            body TEXT NOT NULL
        )
        """

    /// `request` is the body of one that is open: asked for in the background, and not ended. `runs` counts how often
    /// it was begun. `bytes` is what the response takes with all that belongs to it.
    private static let background = """
        ALTER TABLE response ADD COLUMN isOpen INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE response ADD COLUMN isStreamed INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE response ADD COLUMN runs INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE response ADD COLUMN request TEXT;
        ALTER TABLE response ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
        UPDATE response SET bytes = LENGTH(input) + LENGTH(body);
        CREATE INDEX responseByOpenness ON response (isOpen, number);
        """

    /// The events of a response that was streamed in the background, as they were sent.
    private static let events = """
        CREATE TABLE event (
            response TEXT NOT NULL REFERENCES response(id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            PRIMARY KEY (response, number)
        ) WITHOUT ROWID
        """
}
