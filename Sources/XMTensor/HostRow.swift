// Vector operations on one row of host memory, for code that works on results outside a device, such as samplers.
// They use the same kernels as the CPU backend and the best instruction set of the machine.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels

package enum HostRow {
    /// Function pointers, never changed. The scalar reference exists on every machine.
    nonisolated(unsafe) private static let kernels = xm_kernels_for(InstructionSet.best.kernelISA)!.pointee

    /// row = exp(factor * row - the largest of these), in place.
    package static func unnormalizedSoftmax(_ row: UnsafeMutableBufferPointer<Float>, factor: Float) {
        guard let start = row.baseAddress else { return }
        var (largest, sum) = (Float(), Float())
        kernels.softmax_tile_f32(start, row.count, factor, start, row.count, &largest, &sum, 1, 1, row.count)
    }
}
