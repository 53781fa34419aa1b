// temporary: replaced by the support branch
// SPDX-License-Identifier: Apache-2.0
package import Foundation
package enum SafetensorsDType: String, Sendable { case f32 = "F32", f16 = "F16", bf16 = "BF16", i32 = "I32", i64 = "I64", u8 = "U8" }
package struct SafetensorsFile: Sendable {
    package struct Entry: Sendable { package let dtype: SafetensorsDType; package let shape: [Int]; package let range: Range<Int> }
    package var tensors: [String: Entry] = [:]
    nonisolated(unsafe) let data: NSData
    package init(_ url: URL) throws {
        data = try NSData(contentsOf: url)
        let n = data.bytes.loadUnaligned(as: UInt64.self)
        let header = try JSONSerialization.jsonObject(with: Data(bytes: data.bytes + 8, count: Int(n))) as! [String: Any]
        for (k, v) in header where k != "__metadata__" {
            let e = v as! [String: Any]
            let o = e["data_offsets"] as! [Int]
            tensors[k] = Entry(dtype: .init(rawValue: e["dtype"] as! String)!, shape: e["shape"] as! [Int], range: Int(n) + 8 + o[0]..<Int(n) + 8 + o[1])
        }
    }
    package func bytes(_ name: String) throws -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: data.bytes + tensors[name]!.range.lowerBound, count: tensors[name]!.range.count)
    }
    package func floats(_ name: String) throws -> [Float] { try bytes(name).withMemoryRebound(to: Float.self) { Array($0) } }
    package func int32s(_ name: String) throws -> [Int32] { try bytes(name).withMemoryRebound(to: Int32.self) { Array($0) } }
}
package struct SafetensorsTensor { 
    let name: String; let dtype: SafetensorsDType; let shape: [Int]; let bytes: UnsafeRawBufferPointer
    package init(name: String, dtype: SafetensorsDType, shape: [Int], bytes: UnsafeRawBufferPointer) { (self.name, self.dtype, self.shape, self.bytes) = (name, dtype, shape, bytes) }
}
package enum SafetensorsWriter { package static func write(_ tensors: [SafetensorsTensor], metadata: [String: String], to: URL) throws {} }
