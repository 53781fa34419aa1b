// A model for inference only: its matrices come from a file and keep their types; there are no f32 masters.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

extension Xmodel2Model {
    /// Reserves the packed forms and, unless `arena` is a plan, fills them. The file is not read afterwards. Throws
    /// `FileError.changed` if another process modifies it meanwhile.
    package convenience init(
        running source: WeightSource, backend: any Backend, positions: Int, in arena: Arena
    ) throws {
        try self.init(
            source.config, weights: try NetworkWeights(source, backend: backend, in: arena), backend: backend,
            positions: positions, in: arena)
        if !arena.isPlan { try backend.fill(linearWeights) }
    }
}
