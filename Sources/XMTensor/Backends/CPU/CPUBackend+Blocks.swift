// STAND-IN until the block kernels land.
// SPDX-License-Identifier: Apache-2.0

extension CPUBackend {
    package func linearWeight(parts: [BlockMatrix], in arena: Arena, name: String) throws -> LinearWeight {
        let rows = parts.reduce(0) { $0 + $1.rows }
        let master = try arena.tensor("masters", name, .f32, [rows, parts[0].columns])
        if !arena.isDryRun {
            var at = 0
            for part in parts {
                for i in 0..<part.rows {
                    (master.f32 + at * part.columns).update(from: part.floats(row: i), count: part.columns)
                    at += 1
                }
            }
        }
        return try linearWeight(master: master, training: false, in: arena, name: name)
    }

    package func embeddingForward(ids: UnsafePointer<Int32>, table: BlockMatrix, scale: Float, out: Tensor) {
        for row in 0..<out.rows {
            let values = table.floats(row: Int(ids[row]))
            for i in 0..<out.columns { out.f32[row * out.columns + i] = scale * values[i] }
        }
    }
}
