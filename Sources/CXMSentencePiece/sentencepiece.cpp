// The shim over libsentencepiece; CXMSentencePiece.h is the contract. No C++ type crosses it.
// SPDX-License-Identifier: Apache-2.0

#if !__has_include(<sentencepiece_trainer.h>)
#error "SentencePiece is missing: install the Debian package libsentencepiece-dev (script/setup does it)"
#else

#include "CXMSentencePiece.h"

#include <cstdlib>
#include <cstring>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>
#include <string>
#include <unordered_map>
#include <vector>

struct xm_sp_processor {
    sentencepiece::SentencePieceProcessor processor;
};

namespace {

// A malloc'ed copy with a terminating zero; text may contain zeros, so callers use the length.
char *copy(const std::string &text) {
    char *result = static_cast<char *>(std::malloc(text.size() + 1));
    std::memcpy(result, text.c_str(), text.size() + 1);
    return result;
}

// SentencePiece pulls lines through an iterator; this one calls back into Swift for each.
class Lines : public sentencepiece::SentenceIterator {
  public:
    // The trainer expects the first line to be there before it asks.
    Lines(xm_sp_next_line next_line, void *context) : next_line_(next_line), context_(context) { Next(); }
    bool done() const override { return done_; }
    void Next() override {
        size_t length = 0;
        const char *line = next_line_(context_, &length);
        done_ = line == nullptr;
        if (!done_) line_.assign(line, length);
    }
    const std::string &value() const override { return line_; }
    sentencepiece::util::Status status() const override { return {}; }

  private:
    xm_sp_next_line next_line_;
    void *context_;
    bool done_ = false;
    std::string line_;
};

}  // namespace

char *xm_sp_train(
    const char *const *keys, const char *const *values, size_t count, xm_sp_next_line next_line, void *context,
    char **model, size_t *length) {
    std::unordered_map<std::string, std::string> settings;
    for (size_t i = 0; i < count; i++) settings[keys[i]] = values[i];
    Lines lines(next_line, context);
    std::string bytes;
    const auto status = sentencepiece::SentencePieceTrainer::Train(settings, &lines, &bytes);
    if (!status.ok()) return copy(status.ToString());
    *model = copy(bytes);
    *length = bytes.size();
    return nullptr;
}

xm_sp_processor *xm_sp_load(const char *path, char **error) {
    auto *processor = new xm_sp_processor;
    const auto status = processor->processor.Load(path);
    if (status.ok()) return processor;
    *error = copy(status.ToString());
    delete processor;
    return nullptr;
}

void xm_sp_unload(xm_sp_processor *processor) { delete processor; }

size_t xm_sp_encode(const xm_sp_processor *processor, const char *text, size_t length, int32_t **ids) {
    std::vector<int> result;
    // Encoding cannot fail on a loaded processor.
    (void)processor->processor.Encode({text, length}, &result);
    // + 1, so that an empty result is not a null pointer.
    *ids = static_cast<int32_t *>(std::malloc(result.size() * sizeof(int32_t) + 1));
    std::copy(result.begin(), result.end(), *ids);
    return result.size();
}

char *xm_sp_decode(const xm_sp_processor *processor, const int32_t *ids, size_t count, size_t *length) {
    std::string text;
    (void)processor->processor.Decode(std::vector<int>(ids, ids + count), &text);
    *length = text.size();
    return copy(text);
}

void xm_sp_free(void *memory) { std::free(memory); }

#endif
