package import Compute
package import ModelFiles

/// A model that is loaded and ready to run: tokens in, logits out.
///
/// One thread at a time calls it.
package protocol LanguageModel: AnyObject {
    /// What the checkpoint says of the model.
    var config: ModelConfig { get }

    /// Computes a step: writes the keys and values of every row, and returns the logits of the rows asked for.
    ///
    /// The result is `[logitRows, vocabulary]`, valid until the next call; the caller may change it in place.
    func forward(_ step: StepLayout) -> UnsafeMutableBufferPointer<Float>
}
