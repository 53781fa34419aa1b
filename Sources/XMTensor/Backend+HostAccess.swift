// How host code reads and writes tensors: on the device's own memory where the host can address it, else through a
// copy.
// SPDX-License-Identifier: Apache-2.0

extension Backend {
    /// Lends the bytes of a tensor, after all operations before it: those on the device where the host can address
    /// them, else a copy.
    package func read<Result>(_ x: Tensor, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        if let view = hostView(of: x.region) { return try body(UnsafeRawBufferPointer(view)) }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: x.sizeBytes, alignment: 64)
        defer { copy.deallocate() }
        download(x.region, to: copy)
        return try body(UnsafeRawBufferPointer(copy))
    }

    /// Replaces the bytes of a tensor: `body` writes all of them, on the device itself where the host can address it.
    package func write<Result>(
        _ x: Tensor, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        if let view = hostView(of: x.region) { return try body(view) }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: x.sizeBytes, alignment: 64)
        defer { copy.deallocate() }
        let result = try body(copy)
        upload(UnsafeRawBufferPointer(copy), to: x.region)
        return result
    }

    /// Lends the elements of an f32 tensor; see `read`.
    package func readFloats<Result>(
        _ x: Tensor, _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        precondition(x.dtype == .f32)
        return try read(x) { try body($0.assumingMemoryBound(to: Float.self)) }
    }

    /// Replaces the elements of an f32 tensor; see `write`.
    package func writeFloats<Result>(
        _ x: Tensor, _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        precondition(x.dtype == .f32)
        return try write(x) { try body($0.assumingMemoryBound(to: Float.self)) }
    }

    /// Lends the elements of an f32 tensor to be changed.
    package func modifyFloats<Result>(
        _ x: Tensor, _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
    ) rethrows -> Result {
        precondition(x.dtype == .f32)
        if let view = hostView(of: x.region) { return try body(view.assumingMemoryBound(to: Float.self)) }
        var copy = floats(x)
        let result = try copy.withUnsafeMutableBufferPointer { try body($0) }
        copy.withUnsafeBytes { upload($0, to: x.region) }
        return result
    }

    /// A copy of the elements, widened to f32. For tests, reports and small outputs.
    package func floats(_ x: Tensor) -> [Float] {
        switch x.dtype {
        case .f32: readFloats(x) { Array($0) }
        case .bf16:
            read(x) { $0.assumingMemoryBound(to: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) } }
        }
    }
}
