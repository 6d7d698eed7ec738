import Testing

/// Everything that runs the finished binary, one after another: each server has the cores that a user's would have.
@Suite(.serialized) enum SystemTests {}
