#pragma once

#include <string>
#include <vector>

namespace smsctl {

/// A piece of a topic's text: a heading, a paragraph, or a term and what it means.
struct TopicBlock {
    enum class Kind { heading, paragraph, item };
    Kind kind = Kind::paragraph;
    std::string text;
    std::string term;
};

std::vector<TopicBlock> topic_blocks(std::string_view name);
/// The topic `simulator`.
std::vector<TopicBlock> simulator_blocks();

/// The topic `listening`.
std::vector<TopicBlock> listening_blocks();

} // namespace smsctl
