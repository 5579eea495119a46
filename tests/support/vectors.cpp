#include "support/vectors.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace smsctl::test {

std::filesystem::path vectors_folder()
{
    const char* const chosen = std::getenv("SMSCTL_VECTORS");
    return chosen != nullptr && *chosen != '\0' ? chosen : SMSCTL_TEST_VECTORS;
}

nlohmann::json read_vectors(const std::string& file)
{
    const nlohmann::json text = nlohmann::json::parse(read_file(vectors_folder() / file));
    nlohmann::json vectors = text.at("vectors");
    if (vectors.empty())
        throw std::runtime_error(file + " holds no vector");
    const auto meta = text.find("meta");
    if (meta != text.end() && meta->contains("count") && meta->at("count") != vectors.size())
        throw std::runtime_error(file + " does not hold as many vectors as it says");
    return vectors;
}

std::string read_file(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot read " + path.string());
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

} // namespace smsctl::test
