# Run by smsctl_embed: writes ${OUT}.hpp and ${OUT}.cpp for the files in ${FILES}, joined by |.
string(REPLACE "|" ";" FILES "${FILES}")
set(rows "")
foreach(file IN LISTS FILES)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
    # Pieces keep each literal short; a hex escape must not run into the next piece.
    string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f])(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?(\\\\x[0-9a-f][0-9a-f])?)"
           "\"\\1\"\n" bytes "${bytes}")
    file(SIZE ${file} size)
    get_filename_component(base ${file} NAME)
    string(APPEND rows "    {\"${base}\", {${bytes}, ${size}}},\n")
endforeach()
file(WRITE ${OUT}.hpp "#pragma once
#include \"core/embedded.hpp\"
#include <span>
namespace smsctl::embedded {
std::span<const EmbeddedFile> ${NAME}();
}
")
file(WRITE ${OUT}.cpp "#include \"${OUT}.hpp\"
namespace smsctl::embedded {
namespace {
constexpr EmbeddedFile files[] = {
${rows}};
}
std::span<const EmbeddedFile> ${NAME}()
{
    return files;
}
} // namespace smsctl::embedded
")
