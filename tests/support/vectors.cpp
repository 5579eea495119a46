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
    nlohmann::json vectors =
        nlohmann::json::parse(read_file(vectors_folder() / file)).at("vectors");
    if (vectors.empty())
        throw std::runtime_error(file + " holds no vector");
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
