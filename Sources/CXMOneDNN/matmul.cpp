// The shim over oneDNN's matmul and reorder primitives; CXMOneDNN.h is the contract. One engine per process; one
// stream, scratchpad and primitive cache per thread, so no call takes a lock of ours.
// SPDX-License-Identifier: Apache-2.0

#if !__has_include(<oneapi/dnnl/dnnl.hpp>)
#error "oneDNN is missing: install the Debian package libdnnl-dev (script/setup does it)"
#else

#include "CXMOneDNN.h"

#include <cstring>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>

// Present if oneDNN was built with OpenMP: each of our threads must then be a team of one. Weak, so that we link
// without it.
extern "C" void omp_set_num_threads(int) __attribute__((weak));

namespace {

using dnnl::memory;

thread_local std::string lastError;

// Initialised on first use, thread-safely (C++11 static).
const dnnl::engine &engine() {
    static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
    return instance;
}

memory::data_type dataType(int32_t type) {
    return type == XM_DNN_BF16 ? memory::data_type::bf16 : memory::data_type::f32;
}

/// The descriptor of a row-major [rows, columns] matrix with row stride ld, or of its transpose if stored that way.
memory::desc strided(int64_t rows, int64_t columns, int32_t type, int64_t ld, bool transposed) {
    return memory::desc({rows, columns}, dataType(type), transposed ? memory::dims{1, ld} : memory::dims{ld, 1});
}

// Mixes every field (constants of MurmurHash3's finaliser); shapes differ in few bits, such as M alone.
struct ShapeHash {
    size_t operator()(const xm_dnn_matmul &s) const {
        const int64_t parts[] = {s.M, s.N, s.K, s.lda, s.ldb, s.ldc, s.a_type, s.b_type, s.c_type,
                                 s.transpose_a | s.transpose_b << 1 | s.packed_b << 2 | s.accumulate << 3};
        uint64_t h = 0x9e3779b97f4a7c15u;
        for (int64_t part : parts) h = (h ^ static_cast<uint64_t>(part)) * 0xff51afd7ed558ccdu, h ^= h >> 32;
        return h;
    }
};

struct ShapeEqual {
    bool operator()(const xm_dnn_matmul &x, const xm_dnn_matmul &y) const {
        return x.M == y.M && x.N == y.N && x.K == y.K && x.lda == y.lda && x.ldb == y.ldb && x.ldc == y.ldc
            && x.a_type == y.a_type && x.b_type == y.b_type && x.c_type == y.c_type
            && x.transpose_a == y.transpose_a && x.transpose_b == y.transpose_b && x.packed_b == y.packed_b
            && x.accumulate == y.accumulate;
    }
};

/// A compiled matmul with its memory objects; only their data pointers change between calls, so a call allocates
/// nothing.
struct Product {
    dnnl::matmul::primitive_desc description;
    dnnl::matmul primitive;
    memory a, b, c, scratchpad;
    std::unordered_map<int, memory> arguments;
};

// 3.0 removed operation descriptors; everything else used here is common to both major versions.
dnnl::matmul::primitive_desc describe(const memory::desc &a, const memory::desc &b, const memory::desc &c,
                                      const dnnl::primitive_attr &attributes) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl::matmul::primitive_desc(engine(), a, b, c, attributes);
#else
    return dnnl::matmul::primitive_desc(dnnl::matmul::desc(a, b, c), attributes, engine());
#endif
}

/// M of the matmul that decides how B is packed. The layout must not depend on the M it is used with, and oneDNN's own
/// choice might.
constexpr int64_t packingRows = 64;

/// The layout of packed B for any matmul with these N, K and operand type, whatever the type of its result.
memory::desc packedLayout(const xm_dnn_matmul &s) {
    const memory::desc a = strided(packingRows, s.K, s.a_type, s.K, false);
    const memory::desc b({s.K, s.N}, dataType(s.b_type), memory::format_tag::any);
    return describe(a, b, strided(packingRows, s.N, s.b_type, s.N, false), dnnl::primitive_attr()).weights_desc();
}

// Everything a thread needs; lives as long as the thread.
struct ThreadContext {
    dnnl::stream stream{engine()};
    std::unordered_map<xm_dnn_matmul, std::unique_ptr<Product>, ShapeHash, ShapeEqual> products;
    std::unique_ptr<char[]> scratch;
    size_t scratchSize = 0;

    ThreadContext() {
        if (omp_set_num_threads) omp_set_num_threads(1);
    }

    // The compiled matmul of a shape; compiles it on first use.
    Product &product(const xm_dnn_matmul &s) {
        auto found = products.find(s);
        if (found != products.end()) return *found->second;
        const memory::desc a = strided(s.M, s.K, s.a_type, s.lda, s.transpose_a);
        const memory::desc b = s.packed_b ? packedLayout(s) : strided(s.K, s.N, s.b_type, s.ldb, s.transpose_b);
        const memory::desc c = strided(s.M, s.N, s.c_type, s.ldc, false);
        dnnl::primitive_attr attributes;
        // Our scratchpad, shared by all shapes of a thread: the library's would be one per primitive.
        attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        if (s.accumulate) {
            dnnl::post_ops sum;
            sum.append_sum(1.0f);
            // C is read and added in f32 before it is stored.
            attributes.set_post_ops(sum);
        }
        auto product = std::make_unique<Product>();
        product->description = describe(a, b, c, attributes);
        // Generates machine code: the expensive step, done once per shape and thread.
        product->primitive = dnnl::matmul(product->description);
        product->a = memory(a, engine(), nullptr);
        product->b = memory(product->description.weights_desc(), engine(), nullptr);
        product->c = memory(c, engine(), nullptr);
        product->scratchpad = memory(product->description.scratchpad_desc(), engine(), nullptr);
        product->arguments = {{DNNL_ARG_SRC, product->a},
                              {DNNL_ARG_WEIGHTS, product->b},
                              {DNNL_ARG_DST, product->c},
                              {DNNL_ARG_SCRATCHPAD, product->scratchpad}};
        return *(products[s] = std::move(product));
    }

    // At least `size` bytes, 64-byte aligned; grows and never shrinks.
    void *scratchpad(size_t size) {
        if (size > scratchSize) {
            scratch.reset(new char[size + 64]);
            scratchSize = size;
        }
        const auto address = reinterpret_cast<uintptr_t>(scratch.get());
        return reinterpret_cast<void *>((address + 63) / 64 * 64);
    }
};

ThreadContext &context() {
    static thread_local ThreadContext instance;
    return instance;
}

/// Runs `body`, turning C++ exceptions into an error text: none may cross into Swift.
template <typename Result, typename Body>
Result guarded(const xm_dnn_matmul *s, Result failure, Body body) {
    try {
        return body();
    } catch (const std::exception &error) {
        lastError = std::string("oneDNN: ") + error.what() + " (M " + std::to_string(s->M) + ", N "
            + std::to_string(s->N) + ", K " + std::to_string(s->K) + ")";
        return failure;
    }
}

}  // namespace

// dnnl_version() reports the library loaded at run time.
const char *xm_dnn_version(void) {
    static const std::string text = [] {
        const dnnl_version_t *version = dnnl_version();
        return std::to_string(version->major) + "." + std::to_string(version->minor) + "."
            + std::to_string(version->patch);
    }();
    return text.c_str();
}

const char *xm_dnn_error(void) { return lastError.c_str(); }

const char *xm_dnn_implementation(const xm_dnn_matmul *s) {
    thread_local std::string name;
    return guarded(s, static_cast<const char *>(nullptr), [&] {
        name = context().product(*s).description.impl_info_str();
        return name.c_str();
    });
}

int xm_dnn_run(const xm_dnn_matmul *s, const void *a, const void *b, void *c) {
    return guarded(s, -1, [&] {
        ThreadContext &thread = context();
        Product &product = thread.product(*s);
        product.a.set_data_handle(const_cast<void *>(a));
        product.b.set_data_handle(const_cast<void *>(b));
        product.c.set_data_handle(c);
        product.scratchpad.set_data_handle(thread.scratchpad(product.scratchpad.get_desc().get_size()));
        // The CPU stream runs on this thread; wait() returns at once but completes the contract.
        product.primitive.execute(thread.stream, product.arguments);
        thread.stream.wait();
        return 0;
    });
}

size_t xm_dnn_packed_size(const xm_dnn_matmul *s) {
    return guarded(s, size_t(0), [&] { return context().product(*s).description.weights_desc().get_size(); });
}

int xm_dnn_pack(const xm_dnn_matmul *s, xm_dnn_type sourceType, const void *source, void *packed) {
    return guarded(s, -1, [&] {
        ThreadContext &thread = context();
        const memory::desc layout = strided(s->K, s->N, sourceType, s->ldb, s->transpose_b);
        memory from(layout, engine(), const_cast<void *>(source));
        memory to(thread.product(*s).description.weights_desc(), engine(), packed);
        // Converts and reorders in one step: f32 masters become bf16 panels without a copy in between.
        dnnl::reorder(from, to).execute(thread.stream, from, to);
        thread.stream.wait();
        return 0;
    });
}

#endif
