// A model that only runs: its matrices come from a file and keep their types, no f32 masters are held.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

extension Xmodel2Model {
    /// Checks names, shapes and types, reserves the packed forms and, outside a dry run, fills them. The source may go
    /// afterwards: nothing reads the file any more.
    package convenience init(
        _ config: Xmodel2Config, running source: any WeightSource, backend: any Backend, positions: Int,
        in arena: Arena
    ) throws {
        try self.init(
            config, weights: try NetworkWeights(source, config, backend: backend, in: arena), backend: backend,
            positions: positions, in: arena)
        if !arena.isDryRun { packWeights() }
    }
}
