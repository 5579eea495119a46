#include "output/verification_record.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::output {

namespace {

Record text_or_null(const std::string& text)
{
    return text.empty() ? Record(nullptr) : Record(text);
}

} // namespace

Record verification_record(const webhook::Verification& verification,
                           std::string_view event,
                           std::string_view workspace)
{
    Record tried = Record::array();
    for (const webhook::TriedUrl& one : verification.tried)
        tried.push_back({{"url", one.url}, {"matches", one.matches}});
    return {{"object", "verification"},
            {"id", event},
            {"workspace", workspace},
            {"verified", verification.verified ? Record(*verification.verified) : Record(nullptr)},
            {"reason", text_or_null(verification.reason)},
            {"tried", tried},
            {"variants", verification.variants},
            {"url", text_or_null(verification.url)},
            {"differs", text_or_null(verification.differs)},
            {"public_url", text_or_null(verification.public_url)}};
}

} // namespace smsctl::output
