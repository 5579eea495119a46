#include "core/secret.hpp"

#include <openssl/crypto.h>

#include <utility>

namespace smsctl {

Secret::Secret(std::string text) : m_text(text)
{
    OPENSSL_cleanse(text.data(), text.capacity());
}

Secret::Secret(Secret&& other) noexcept : m_text(std::move(other.m_text))
{
    other.wipe();
}

Secret& Secret::operator=(const Secret& other)
{
    if (this != &other) {
        wipe();
        m_text = other.m_text;
    }
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept
{
    if (this != &other) {
        wipe();
        m_text = std::move(other.m_text);
        other.wipe();
    }
    return *this;
}

Secret::~Secret()
{
    wipe();
}

void Secret::wipe()
{
    // Short strings live inside the object and are copied by a move, so every byte held is cleared.
    OPENSSL_cleanse(m_text.data(), m_text.capacity());
    m_text.clear();
}

} // namespace smsctl
