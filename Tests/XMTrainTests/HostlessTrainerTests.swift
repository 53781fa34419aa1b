// A whole run on a device whose memory the host cannot reach: the same losses and the same checkpoints as on the CPU.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport
import XMTrain

@Suite("HostlessTrainerTests")
struct HostlessTrainerTests {
    @Test("a run and its resume give the CPU's metrics and the CPU's checkpoints to the byte")
    func run() throws {
        let runs = try TinyRun()
        for device in TestDevice.allCases {
            try runs.train(TinyRun.config(steps: 10, saveEvery: 5), device.rawValue, on: device)
            // Without its last checkpoint the run resumes from the one before.
            let last = runs.url(device.rawValue).appending(path: "checkpoints/step-00000010")
            try FileManager.default.removeItem(at: last)
            try runs.train(TinyRun.config(steps: 10, saveEvery: 5), device.rawValue, on: device)
        }
        func files(_ device: TestDevice) throws -> [Data] {
            let checkpoint = runs.url(device.rawValue).appending(path: "checkpoints/step-00000010")
            return try ["model.safetensors", "optimizer.safetensors"].map {
                try Data(contentsOf: checkpoint.appending(path: $0))
            }
        }
        #expect(try files(.cpu) == files(.hostless))
        func losses(_ device: TestDevice) throws -> [Double] {
            try MetricsLog.read(runs.url(device.rawValue).appending(path: "metrics.jsonl")).map(\.loss)
        }
        #expect(try losses(.cpu) == losses(.hostless) && losses(.cpu).count == 10)
    }
}
