// Scores that the Xmodel-2 report publishes, in per cent: tables 2 and 3 of arXiv 2412.19638, section 3. They stand
// beside a model's own scores in report.html.
// SPDX-License-Identifier: Apache-2.0

package struct PublishedScores: Sendable {
    package struct Benchmark: Sendable {
        package var name: String
        /// The column's title in the report.
        package var column: String
        /// Tasks or groups that ask the same, the report's own form first.
        package var tasks: [String]
        /// Keys of the score, the report's first: `acc,none`.
        package var keys: [String]
        package var shots: Int
    }

    package struct Model: Sendable {
        package var name: String
        /// By benchmark, from 0 to 100.
        package var scores: [Double]

        /// To two decimals, half a hundredth upwards; in whole hundredths, because 55.235 is no binary fraction.
        package var average: Double {
            let hundredths = scores.reduce(0) { $0 + (100 * $1).rounded() }
            return (hundredths / Double(scores.count)).rounded() / 100
        }
    }

    package var title: String
    package var benchmarks: [Benchmark]
    package var models: [Model]

    /// The model whose report this is.
    package static let subject = "Xmodel-2-1.2B"
    package static let tables = [commonsense, reasoning]

    // MARK: - Table 2

    package static let commonsense = PublishedScores(
        title: "Commonsense reasoning, zero-shot (table 2)",
        benchmarks: [
            ("ARC-c", "ARC-c", "arc_challenge"), ("ARC-e", "ARC-e", "arc_easy"), ("BoolQ", "BoolQ", "boolq"),
            ("HellaSwag", "HS.", "hellaswag"), ("OpenBookQA", "OB.", "openbookqa"), ("PIQA", "PiQA", "piqa"),
            ("SciQ", "SciQ", "sciq"), ("WinoGrande", "Wino.", "winogrande"),
        ].map { Benchmark(name: $0, column: $1, tasks: [$2], keys: ["acc,none"], shots: 0) },
        models: [
            Model(name: "MobiLlama-1B", scores: [28.24, 61.53, 60.92, 46.74, 21.80, 75.14, 88.20, 59.27]),
            Model(name: "TinyLLaMA1.1-1.1B", scores: [30.97, 61.66, 55.99, 46.70, 25.20, 72.63, 89.30, 59.43]),
            Model(name: "OLMo-1B", scores: [28.67, 63.34, 61.74, 46.97, 25.00, 75.03, 87.00, 59.98]),
            Model(name: "OpenELM-1.1B", scores: [28.84, 62.37, 63.58, 48.36, 25.40, 74.76, 90.60, 61.72]),
            Model(name: "Llama-3.2-1B", scores: [31.31, 65.36, 63.73, 47.78, 26.40, 74.48, 91.50, 61.01]),
            Model(name: "MiniCPM-1.2B", scores: [36.86, 70.29, 67.92, 49.91, 23.60, 74.43, 91.80, 60.77]),
            Model(name: "Fox-1-1.6B", scores: [34.73, 69.91, 71.77, 46.33, 24.60, 75.24, 93.20, 60.77]),
            Model(name: "InternLM2.5-1.8B", scores: [35.24, 66.37, 79.82, 46.99, 22.00, 73.29, 94.90, 62.67]),
            Model(name: "Qwen2-1.5B", scores: [33.11, 66.41, 72.60, 48.57, 27.00, 75.57, 94.60, 65.75]),
            Model(name: "StableLM-2-zephyr-1.6B", scores: [36.52, 66.79, 80.00, 53.26, 26.80, 74.86, 88.00, 64.09]),
            Model(name: "SmolLM-1.7B", scores: [43.43, 76.47, 65.93, 49.58, 30.00, 75.79, 93.20, 60.93]),
            Model(name: "Qwen2.5-1.5B", scores: [41.21, 75.21, 72.97, 50.15, 31.80, 75.90, 94.30, 63.61]),
            Model(name: "DCLM-1B", scores: [41.30, 74.79, 71.41, 53.59, 32.20, 76.93, 94.00, 66.22]),
            Model(name: "Phi-1.5-1.3B", scores: [44.80, 76.22, 74.95, 47.96, 38.60, 76.66, 93.30, 72.93]),
            Model(name: subject, scores: [39.16, 71.55, 74.65, 47.45, 29.20, 74.81, 93.60, 63.93]),
        ])

    // MARK: - Table 3

    package static let reasoning = PublishedScores(
        title: "Complex reasoning (table 3)",
        benchmarks: [
            // Which filter and which protocol the report used is not published; these give the values nearest to it.
            Benchmark(
                name: "GSM8K", column: "GSM8K", tasks: ["gsm8k"],
                keys: ["exact_match,flexible-extract", "exact_match,strict-match"],
                shots: 5),
            Benchmark(
                name: "MATH", column: "MATH", tasks: ["minerva_math_paper", "minerva_math"],
                keys: ["math_paper,none", "exact_match,none"], shots: 4),
            Benchmark(
                name: "BBH", column: "BBH", tasks: ["bbh_paper", "bbh", "bbh_cot_fewshot"],
                keys: ["exact_match,get-answer"], shots: 3),
            Benchmark(name: "MMLU", column: "MMLU", tasks: ["mmlu"], keys: ["acc,none"], shots: 0),
            Benchmark(
                name: "HumanEval", column: "HumanEval", tasks: ["humaneval_bigcode", "humaneval"],
                keys: ["pass@1,create_test"], shots: 0),
            Benchmark(
                name: "MBPP", column: "MBPP", tasks: ["mbpp_bigcode", "mbpp"],
                keys: ["pass@1,create_test", "pass@1,none", "pass_at_1,none"], shots: 0),
        ],
        models: [
            Model(name: "OpenELM-1.1B", scores: [0.45, 1.06, 6.62, 25.52, 8.54, 6.80]),
            Model(name: "OLMo-1B", scores: [2.35, 1.46, 25.60, 24.46, 5.49, 0.20]),
            Model(name: "TinyLLaMA1.1-1.1B", scores: [2.50, 1.48, 25.57, 25.35, 1.83, 3.40]),
            Model(name: "MobiLlama-1B", scores: [1.97, 1.54, 25.76, 25.26, 7.93, 5.40]),
            Model(name: "DCLM-1B", scores: [4.93, 2.14, 30.70, 46.43, 8.54, 6.80]),
            Model(name: "Llama-3.2-1B", scores: [6.60, 1.78, 31.44, 36.63, 14.63, 22.20]),
            Model(name: "SmolLM-1.7B", scores: [7.51, 3.18, 29.21, 27.73, 21.34, 31.80]),
            Model(name: "Fox-1-1.6B", scores: [34.34, 7.94, 28.75, 39.55, 14.02, 9.00]),
            Model(name: "StableLM-2-zephyr-1.6B", scores: [41.32, 10.12, 32.71, 41.30, 25.61, 19.40]),
            Model(name: "Phi-1.5-1.3B", scores: [32.15, 3.18, 28.81, 41.75, 36.59, 35.40]),
            Model(name: "InternLM2.5-1.8B", scores: [27.90, 16.68, 41.76, 46.30, 27.40, 29.60]),
            Model(name: "MiniCPM-1.2B", scores: [40.11, 10.98, 35.42, 43.99, 43.90, 36.80]),
            Model(name: "Qwen2-1.5B", scores: [57.62, 22.90, 33.05, 55.11, 20.73, 30.40]),
            Model(name: "Qwen2.5-1.5B", scores: [62.40, 28.28, 43.99, 59.72, 5.49, 40.00]),
            Model(name: subject, scores: [55.88, 25.50, 48.40, 48.87, 29.88, 29.20]),
        ])
}
