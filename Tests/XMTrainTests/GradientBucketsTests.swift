// The buckets of a gradient: nothing is left out or sent twice, and a bucket is complete when it leaves.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMModel
import XMTensor
import XMTestSupport
import XMTrain

@Suite("GradientBucketsTests")
struct GradientBucketsTests {
    static let config = Xmodel2Config(
        vocabularySize: 96, hiddenSize: 32, intermediateSize: 80, layers: 5, heads: 2, keyValueHeads: 1)

    @Test("buckets cover every parameter once, from the last layer to the first, the embedding at the end")
    func cover() {
        let layout = ParameterLayout(Self.config)
        let layerBytes = layout.range(ofLayer: 0).count * 4
        for (bytes, count) in [(1, 6), (layerBytes, 6), (2 * layerBytes, 4), (25 << 20, 2)] {
            let buckets = GradientBuckets(layout, bytes: bytes).buckets
            #expect(buckets.count == count, "\(bytes) bytes")
            // Read backwards they are the flat array.
            #expect(buckets.reversed().flatMap { Array($0.elements) } == Array(0..<layout.count))
            #expect(buckets.last?.layer == nil && buckets.last?.elements == layout.parameters[0].range)
            let layers = buckets.compactMap(\.layer)
            #expect(layers == layers.sorted(by: >) && layers.last == 0)
            // No parameter is split.
            for parameter in layout.parameters {
                #expect(buckets.count { $0.elements.overlaps(parameter.range) } == 1, "\(parameter.name)")
            }
        }
    }

    @Test("a bucket that waits for its size takes whole layers, and the final norm leaves with the last one")
    func sizes() {
        let layout = ParameterLayout(Self.config)
        let layerBytes = layout.range(ofLayer: 0).count * 4
        let buckets = GradientBuckets(layout, bytes: 2 * layerBytes)
        #expect(buckets.buckets.map(\.layer) == [3, 1, 0, nil])
        #expect(buckets.elements(completedBy: 3) == layout.range(ofLayer: 3).lowerBound..<layout.count)
        #expect(buckets.elements(completedBy: 4) == nil && buckets.elements(completedBy: 2) == nil)
    }

    @Test("a layer's gradients are final when they are announced", arguments: [false, true])
    func announced(recompute: Bool) throws {
        let training = try TinyTraining(Self.config, B: 2, T: 9, recompute: recompute)
        training.model.initialize(seed: 1)
        let batch = TokenBatch((0..<18).map { Int32($0 * 7 % 96) }, batchSize: 2)
        let layout = training.gradients.layout
        var announced: [(layer: Int, gradients: [Float])] = []
        training.model.lossAndGradients(
            batch, workspace: training.workspace, targetCount: batch.targetCount,
            gradients: (training.gradients, training.tableGradient)
        ) { layer in
            let end = layer == 4 ? layout.count : layout.range(ofLayer: layer).upperBound
            announced.append(
                (layer, Array(training.gradients.floats()[layout.range(ofLayer: layer).lowerBound..<end])))
        }
        #expect(announced.map(\.layer) == [4, 3, 2, 1, 0])
        let all = training.gradients.floats()
        #expect(announced.reversed().flatMap(\.gradients) == Array(all[layout.range(ofLayer: 0).lowerBound...]))
        #expect(announced.allSatisfy { $0.gradients.contains { $0 != 0 } })
    }
}
