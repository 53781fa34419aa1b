// The flat gradient cut into buckets, in the order in which the backward pass completes them: from the last layer to
// the first, the embedding at the end. A bucket is handed over when it is complete, before the layers below it are
// computed: long enough for a network, short enough to leave early. Next: TrainStep.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMModel

package struct GradientBuckets: Sendable, Equatable {
    package struct Bucket: Sendable, Equatable {
        /// Elements of the flat gradient.
        package let elements: Range<Int>
        /// The layer whose backward pass completes them; nil where that is the embedding's, which comes last.
        package let layer: Int?
    }

    /// As PyTorch's DistributedDataParallel has it (Li et al. 2020, arXiv 2006.15704, section 4.2).
    package static let standardBytes = 25 << 20

    /// In the order in which they are complete.
    package let buckets: [Bucket]

    /// - Parameter bytes: a bucket ends with the layer that fills it up to this size; no layer is split.
    package init(_ layout: ParameterLayout, bytes: Int = standardBytes) {
        var buckets: [Bucket] = []
        // The flat array ends with the final norm, whose gradient is complete before the last layer's.
        var end = layout.count
        for layer in (0..<layout.layerCount).reversed() {
            let start = layout.range(ofLayer: layer).lowerBound
            guard layer == 0 || (end - start) * 4 >= bytes else { continue }
            buckets.append(Bucket(elements: start..<end, layer: layer))
            end = start
        }
        self.buckets = buckets + [Bucket(elements: 0..<end, layer: nil)]
    }

    /// What the backward pass of `layer` completes, or the embedding's for nil; nil where the bucket goes on.
    package func elements(completedBy layer: Int?) -> Range<Int>? {
        buckets.first { $0.layer == layer }?.elements
    }
}
