// Encoders and what is pooled from them.
