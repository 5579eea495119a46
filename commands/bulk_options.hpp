#pragma once

#include "commands/session.hpp"
#include "core/clock.hpp"
#include "delivery/worker.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl {

/// What decides how a batch is submitted, typed behind `bulk` or `bulk resume`.
struct PaceOptions {
    std::string mps;
    std::optional<int> concurrency;
    std::string max_failures;
    std::string max_cost;
    std::optional<int> batch_size;
};

/// What was typed behind `bulk`.
struct BulkOptions {
    std::string file;
    std::optional<std::string> message;
    std::string template_name;
    std::string name;
    std::vector<std::string> from;
    std::string to_column;
    std::string input = "auto";
    std::string rejects;
    std::optional<Instant> at;
    std::string on_block = "skip";
    std::string via; ///< empty: as it was planned before, else one request a message
    PaceOptions pace;
};

/// What was typed behind `bulk resume`.
struct ResumeOptions {
    std::string batch;
    std::string only;
    PaceOptions pace;
};

/// Plans a list and sends it, or goes on with the batch it became before.
void bulk(const BulkOptions& options, Session& session);
/// Sends what is left of a batch.
void resume(const ResumeOptions& options, Session& session);

/// `pace` for the worker; throws usage errors (2) for what makes no sense.
delivery::WorkOptions work_options(const PaceOptions& pace, const Workspace& workspace);
/// Throws usage errors (2) for what makes no sense with the way in which a batch is submitted.
void check_pace(const PaceOptions& pace, std::string_view via);
/// Millionths; nothing when not given.
std::optional<std::int64_t> max_cost_micros(const PaceOptions& pace);

} // namespace smsctl
