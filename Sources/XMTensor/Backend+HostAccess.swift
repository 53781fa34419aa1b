// How host code reads and writes tensors: in place if the host can address the device's memory, otherwise through a
// copy. All of these synchronise: they see the result of every operation issued before.
// SPDX-License-Identifier: Apache-2.0

extension Backend {
    /// Lends the bytes of a tensor for the duration of `body`, after all operations issued before.
    package func read<Result>(_ x: Tensor, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        if let view = hostView(of: x.region) { return try body(UnsafeRawBufferPointer(view)) }
        // 64: kernels and vectorised host loops expect the alignment of a device's own memory.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: x.sizeBytes, alignment: 64)
        defer { copy.deallocate() }
        download(x.region, to: copy)
        return try body(UnsafeRawBufferPointer(copy))
    }

    /// Replaces all bytes of a tensor. `body` must write every one: what it finds there is undefined.
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

    /// Lends the elements of an f32 tensor to be changed in place: a download and an upload on a device of its own.
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

    /// A copy of the elements, widened to f32; for tests, reports and small outputs.
    package func floats(_ x: Tensor) -> [Float] {
        switch x.dtype {
        case .f32: readFloats(x) { Array($0) }
        case .bf16:
            read(x) { $0.assumingMemoryBound(to: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) } }
        }
    }
}
