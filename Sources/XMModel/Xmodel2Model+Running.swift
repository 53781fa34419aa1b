// A model that only runs: its matrices come from a file and keep their types, no f32 masters are held.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

extension Xmodel2Model {
    /// Reserves the packed forms and, outside a dry run, fills them. Nothing reads the file afterwards. Throws
    /// `FileError.changed` where somebody writes to it meanwhile.
    package convenience init(
        running source: WeightSource, backend: any Backend, positions: Int, in arena: Arena
    ) throws {
        try self.init(
            source.config, weights: try NetworkWeights(source, backend: backend, in: arena), backend: backend,
            positions: positions, in: arena)
        if !arena.isPlan { try backend.fill(linearWeights) }
    }
}
