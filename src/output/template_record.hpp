#pragma once

#include "output/record.hpp"
#include "store/templates.hpp"

#include <string>
#include <string_view>

namespace smsctl::output {

/// `segments` are of the text with its defaults, other fields empty. Throws `usage.template` when
/// the stored text is no template.
Record template_record(const store::StoredTemplate& stored, std::string_view workspace);
/// The template filled in.
Record rendering_record(const store::StoredTemplate& stored,
                        const std::string& body,
                        std::string_view workspace);

} // namespace smsctl::output
