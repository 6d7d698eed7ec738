import Compute

/// The gated feed-forward network SwiGLU (Shazeer, 2020).
struct FeedForward {
    /// Gate and up projection as one product: `[2 * width, hidden]`, gates first.
    let gateUp: MatrixID
    /// `[hidden, width]`.
    let down: MatrixID

    /// Adds the network's answer to `input` to the residual stream.
    func forward(_ input: ActivationID, workspace: Workspace, compute: any Compute) {
        compute.multiplyGated(input, gateUp, into: workspace.gated, for: down)
        compute.multiplyAdding(workspace.gated, down, to: workspace.residual)
    }
}
