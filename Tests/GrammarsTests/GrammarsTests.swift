import Testing

/// All tests of this room.
struct GrammarsTests {}
